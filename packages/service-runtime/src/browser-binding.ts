import { BROWSER_BINDING_COOKIE, type UserSessionRef } from '@agent-identity/contracts'
import { cookieOf } from './cookies.ts'
import { sha256 } from './fingerprint.ts'

const SECRET = /^[A-Za-z0-9_-]{43}$/

/**
 * The secret that marks one browser: agent workload sets it at the first start, session binding asks for it at the return.
 * Names are compared whole: a sibling host can set any cookie whose name or value merely contains ours, and must not shut anybody
 * out with it.
 *
 * @param cookieHeader the request's `Cookie` header.
 */
export function browserSecret(cookieHeader: string | undefined): string | undefined {
  const secret = cookieOf(cookieHeader, BROWSER_BINDING_COOKIE)
  return secret !== undefined && SECRET.test(secret) ? secret : undefined
}

/** Bound to the user session too: a browser that signs in as somebody else does not carry its starts along. */
export const browserHash = (secret: string, ref: UserSessionRef): string => sha256(`${ref}\n${secret}`)
