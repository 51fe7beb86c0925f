import { cookiesIn, type Logger } from '@agent-identity/service-runtime'
import type { Request } from 'express'

/**
 * `__Host-` requires the first two (RFC 6265bis §4.1.3.2). Lax: a return from the issuer or AgentCore starts at another site, and must
 * carry the cookies.
 */
export const HOST_COOKIE = { path: '/', secure: true, httpOnly: true, sameSite: 'lax' } as const

/**
 * Of two `__Host-` cookies of one name, another party may have set one, in an old browser or through a lenient proxy. The order would
 * decide who is signed in, so neither counts.
 */
export function ignoreDuplicateHostCookies(request: Pick<Request, 'headers'>, log: Logger): void {
  const pairs = cookiesIn(request.headers.cookie)
  const names = pairs.map(({ name }) => name)
  const twice = new Set(names.filter((name, at) => name.startsWith('__Host-') && names.indexOf(name) !== at))
  if (twice.size === 0) return
  log.warn('a __Host- cookie was sent twice and counts as absent')
  removeCookies(request, twice)
}

/** For middleware that reads the header later. */
export function removeCookies(request: Pick<Request, 'headers'>, names: ReadonlySet<string>): void {
  const kept = cookiesIn(request.headers.cookie).filter(({ name }) => !names.has(name))
  request.headers.cookie = kept.map(({ text }) => text).join(';')
}
