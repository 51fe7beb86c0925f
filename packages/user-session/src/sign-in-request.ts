import { SIGN_IN_COOKIE } from '@agent-identity/contracts'
import { cookieOf } from '@agent-identity/service-runtime'
import type { Request } from 'express'

export function signInCookieOf(request: Pick<Request, 'headers'>): string | undefined {
  const secret = cookieOf(request.headers.cookie, SIGN_IN_COOKIE)
  return secret !== undefined && /^[A-Za-z0-9_-]{43}$/.test(secret) ? secret : undefined
}

/** Only the query: a request line may contain a whole URL with another host. */
export function queryOf(request: Pick<Request, 'originalUrl'>): URLSearchParams {
  const mark = request.originalUrl.indexOf('?')
  return new URLSearchParams(mark === -1 ? '' : request.originalUrl.slice(mark))
}
