import { ApiError } from '@agent-identity/service-runtime'
import { parseCookie } from 'cookie'
import type { Request, RequestHandler } from 'express'

/**
 * What the `__Host-` prefix demands (RFC 6265bis §4.1.3.2), and HttpOnly. Lax and not Strict: coming back from the
 * issuer or from AgentCore is a navigation that starts at another site, and must carry the cookies.
 */
export const HOST_COOKIE = { path: '/', secure: true, httpOnly: true, sameSite: 'lax' } as const

/**
 * A browser keeps one `__Host-` cookie a name. Two in one request mean that something else wrote one of them (cookie
 * tossing from a sibling host or an old browser): whose is first would decide who is signed in, so neither is believed.
 */
export const refuseDuplicateHostCookies: RequestHandler = (request, _response, next) => {
  const names = (request.headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.split('=', 1)[0]?.trim() ?? '')
    .filter((name) => name.startsWith('__Host-'))
  next(new Set(names).size === names.length ? undefined : new ApiError('invalid_request', 'A cookie was sent twice.'))
}

export const hostCookieOf = (request: Pick<Request, 'headers'>, name: string): string | undefined =>
  parseCookie(request.headers.cookie ?? '')[name]
