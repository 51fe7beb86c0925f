import { BROWSER_BINDING_COOKIE, type UserSessionRef } from '@agent-identity/contracts'
import { cookieOf } from './cookies.ts'
import { sameHash, sha256 } from './fingerprint.ts'

const SECRET = /^[A-Za-z0-9_-]{43}$/

/**
 * The secret that identifies one browser. Names are compared exactly: a sibling host can set a cookie whose name or value merely
 * contains ours, and must not be able to lock a user out with it.
 *
 * @param cookieHeader the request's `Cookie` header.
 */
export function browserSecret(cookieHeader: string | undefined): string | undefined {
  const secret = cookieOf(cookieHeader, BROWSER_BINDING_COOKIE)
  return secret !== undefined && SECRET.test(secret) ? secret : undefined
}

/** Bound to the user session, too: another sign-in in the same browser invalidates the browser's earlier starts. */
export const browserHash = (secret: string, ref: UserSessionRef): string => sha256(`${ref}\n${secret}`)

/** A thief who has copied only the user session's cookie does not have the secret of the browser that signed in. */
export function isFromBrowserOf(
  userSession: { ref: UserSessionRef; browserHash: string },
  cookieHeader: string | undefined,
): boolean {
  const secret = browserSecret(cookieHeader)
  return secret !== undefined && sameHash(userSession.browserHash, browserHash(secret, userSession.ref))
}
