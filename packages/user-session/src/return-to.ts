/** It travels in a cookie, which has 4 kB at the most, attributes included. */
const MAX_LENGTH = 512

/**
 * A path of this origin, `/` for anything else (open redirect, CWE-601). Browsers read `//host`, `/\host` and `/<tab>/host` as another
 * origin.
 *
 * @returns a path to append to the public URL, not to resolve: `/.//host` gives `//host`.
 */
export function parseReturnTo(values: readonly string[], publicUrl: string): string {
  const [value] = values
  if (values.length !== 1 || value === undefined || value.length > MAX_LENGTH) return '/'
  if (!/^\/[\x21-\x5b\x5d-\x7e]*$/.test(value)) return '/'
  const url = URL.parse(value, publicUrl)
  return url?.origin === publicUrl ? url.pathname + url.search + url.hash : '/'
}
