import { BROWSER_BINDING_COOKIE, type UserSessionRef } from '@agent-identity/contracts'
import { parseCookie } from 'cookie'
import { sha256 } from './fingerprint.ts'

const SECRET = /^[A-Za-z0-9_-]{43}$/

/**
 * The secret that marks one browser: agent workload sets it at the first start, session binding asks for it at the return.
 * A cookie that is there twice was not set by us alone, and counts as none.
 *
 * @param cookieHeader the request's `Cookie` header.
 */
export function browserSecret(cookieHeader: string | undefined): string | undefined {
  const header = cookieHeader ?? ''
  if (header.split(`${BROWSER_BINDING_COOKIE}=`).length !== 2) return undefined
  const value = parseCookie(header)[BROWSER_BINDING_COOKIE]
  return value && SECRET.test(value) ? value : undefined
}

/** Bound to the user session too: a browser that signs in as somebody else does not carry its starts along. */
export const browserHash = (secret: string, ref: UserSessionRef): string => sha256(`${ref}\n${secret}`)
