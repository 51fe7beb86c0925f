import { parseCookie } from 'cookie'

export interface CookiePair {
  name: string
  value: string
  /** As it was sent, not decoded. */
  text: string
}

/**
 * Of several cookies with one name, the library alone would return the first. `trim()` would also remove byte A0, which browsers treat
 * as a part of a name.
 */
export const cookiesIn = (header: string | undefined): CookiePair[] =>
  (header ?? '')
    .split(';')
    .flatMap((text) => Object.entries(parseCookie(text)).map(([name, value = '']) => ({ name, value, text })))

/** Of two cookies with one name, another party may have set one: they count as absent. */
export function cookieOf(header: string | undefined, name: string): string | undefined {
  const [cookie, ...others] = cookiesIn(header).filter((pair) => pair.name === name)
  return others.length === 0 ? cookie?.value : undefined
}
