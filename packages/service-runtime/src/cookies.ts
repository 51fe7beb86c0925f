import { parseCookie } from 'cookie'

export interface CookiePair {
  name: string
  value: string
  /** As it stands in the header. */
  text: string
}

/**
 * Every cookie of a `Cookie` header, repeated names included: the library alone would keep the first of them and hide the second.
 * White space is a space or a tab (RFC 6265bis §5.6.1). `trim()` also takes byte A0 for it, which is part of a name to a browser.
 */
export const cookiesIn = (header: string | undefined): CookiePair[] =>
  (header ?? '')
    .split(';')
    .flatMap((text) => Object.entries(parseCookie(text)).map(([name, value = '']) => ({ name, value, text })))

/** A cookie that is there twice was not set by us alone, and counts as none. */
export function cookieOf(header: string | undefined, name: string): string | undefined {
  const [cookie, ...others] = cookiesIn(header).filter((pair) => pair.name === name)
  return others.length === 0 ? cookie?.value : undefined
}
