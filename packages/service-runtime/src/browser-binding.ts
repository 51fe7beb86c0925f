import { BROWSER_BINDING_COOKIE, type UserSessionRef } from '@agent-identity/contracts'
import { cookieOf } from './cookies.ts'
import { sameHash, sha256 } from './fingerprint.ts'

const SECRET = /^[A-Za-z0-9_-]{43}$/

/** A sibling host can set a cookie whose name or value contains ours, and must not lock a user out: names are compared exactly. */
export function browserSecret(cookieHeader: string | undefined): string | undefined {
  const secret = cookieOf(cookieHeader, BROWSER_BINDING_COOKIE)
  return secret !== undefined && SECRET.test(secret) ? secret : undefined
}

/** Of the secret in one user session: in another user session the same secret does not match. */
export const browserHash = (secret: string, ref: UserSessionRef): string => sha256(`${ref}\n${secret}`)

/** A thief of the user session's cookie alone does not have the browser's secret. */
export function isFromBrowserOf(
  userSession: { ref: UserSessionRef; browserHash: string },
  cookieHeader: string | undefined,
): boolean {
  const secret = browserSecret(cookieHeader)
  return secret !== undefined && sameHash(userSession.browserHash, browserHash(secret, userSession.ref))
}
