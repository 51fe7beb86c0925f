/** No path of ours is longer. */
const MAX_LENGTH = 2_048

/**
 * Where the browser goes after signing in: a path of this origin, `/` for anything else (open redirect, CWE-601).
 *
 * Browsers read `//host`, `/\host` and `/<tab>/host` as another origin. Backslashes and control characters are refused, and the URL
 * parser, the same as in browsers, decides about the rest.
 * @returns the parsed path. Append it to the public URL and do not resolve it: `/.//host` parses to the harmless path `//host`, which
 *   would be an origin if it were parsed again.
 */
export function parseReturnTo(values: readonly string[], publicUrl: string): string {
  const [value] = values
  if (values.length !== 1 || value === undefined || value.length > MAX_LENGTH) return '/'
  if (!/^\/[\x21-\x5b\x5d-\x7e]*$/.test(value)) return '/'
  const url = URL.parse(value, publicUrl)
  return url?.origin === publicUrl ? url.pathname + url.search + url.hash : '/'
}
