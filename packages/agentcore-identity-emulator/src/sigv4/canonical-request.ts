import { hash } from 'node:crypto'

/**
 * IAM User Guide, "Create a signed AWS API request". Not built by the SDK's signer: a verifier that shared its code
 * would repeat its mistakes.
 */
export function canonicalRequest(request: SignedRequest, signedHeaders: readonly string[]) {
  const [path = '/', query = ''] = splitOnce(request.target, '?')
  return [
    request.method,
    canonicalPath(path),
    canonicalQuery(query),
    ...signedHeaders.map((name) => `${name}:${canonicalValue(request.headers.get(name) ?? [])}`),
    '',
    signedHeaders.join(';'),
    hash('sha256', request.body),
  ].join('\n')
}

export type SignedRequest = {
  method: string
  /** Path and query as in the request line. */
  target: string
  headers: ReadonlyMap<string, readonly string[]>
  body: Uint8Array
}

/** All services but S3 encode the already encoded path once more, after removing dot segments. */
function canonicalPath(path: string) {
  const segments: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop()
    else if (segment !== '' && segment !== '.') segments.push(encode(segment))
  }
  const trailingSlash = segments.length > 0 && path.endsWith('/') ? '/' : ''
  return `/${segments.join('/')}${trailingSlash}`
}

function canonicalQuery(query: string) {
  if (query === '') return ''
  const pairs = query.split('&').map((pair) => {
    const [name = '', value = ''] = splitOnce(pair, '=')
    return [encode(decodeLeniently(name)), encode(decodeLeniently(value))] as const
  })
  pairs.sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
  return pairs.map(([name, value]) => `${name}=${value}`).join('&')
}

const canonicalValue = (values: readonly string[]) =>
  values.map((value) => value.trim().replaceAll(/\s+/g, ' ')).join(',')

const compare = (left: string, right: string) => (left < right ? -1 : left > right ? 1 : 0)

function splitOnce(text: string, separator: string) {
  const at = text.indexOf(separator)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

/** RFC 3986: encodeURIComponent leaves five reserved characters alone. */
const encode = (text: string) =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)

/** A text with a broken escape is taken as it was sent. */
function decodeLeniently(text: string) {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
