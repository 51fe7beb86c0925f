import { parseCookie } from 'cookie'

export interface CookiePair {
  name: string
  value: string
  /** As it was sent, not decoded. */
  text: string
}

/**
 * The cookies of a `Cookie` header. Of several with one name, the library alone would return only the first. The library removes
 * spaces and tabs around a name (RFC 6265bis §5.6). `trim()` would also remove byte A0, which browsers treat as a part of the name.
 */
export const cookiesIn = (header: string | undefined): CookiePair[] =>
  (header ?? '')
    .split(';')
    .flatMap((text) => Object.entries(parseCookie(text)).map(([name, value = '']) => ({ name, value, text })))

/** If a cookie is sent twice, another party may have set one of them, so the cookie counts as absent. */
export function cookieOf(header: string | undefined, name: string): string | undefined {
  const [cookie, ...others] = cookiesIn(header).filter((pair) => pair.name === name)
  return others.length === 0 ? cookie?.value : undefined
}
