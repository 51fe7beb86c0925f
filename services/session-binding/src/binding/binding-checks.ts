import type { PendingAuthorization, UserRef, UserSessionRef } from '@agent-identity/contracts'
import { browserHash, sameHash, sha256 } from '@agent-identity/service-runtime'
import type { Return } from './returned-parameters.ts'

/** The returning user and browser. They come from the cookies of this request and the user session in Redis, and never from the query. */
export interface Caller {
  userSession: UserSessionRef
  user: UserRef
  /** Of the browser that signed in: from the sealed user session, which cannot be forged without a key. */
  browserHash: string
  browserSecret: string | undefined
}

/** Why a return does not match. For the log and the audit trail only: from outside all of them look alike. */
export type BindingRefusal =
  | 'malformed'
  | 'unknown-authorization'
  | 'different-user'
  | 'different-user-session'
  | 'different-state'
  | 'different-session-uri'
  | 'never-started'
  | 'different-browser'

type Check = (record: PendingAuthorization, returned: Return, caller: Caller) => BindingRefusal | undefined

/** The person who returns is the person who asked. */
const sameUser: Check = (record, _returned, caller) => (record.owner === caller.user ? undefined : 'different-user')

/** The person returns in the user session of the authorization: `owningSession` is a part of its id, by which the record is found. */
const sameUserSession =
  (owningSession: UserSessionRef): Check =>
  (_record, _returned, caller) =>
    owningSession === caller.userSession ? undefined : 'different-user-session'

/** The return answers the request that was sent: RFC 6749 §10.12, RFC 9700 §4.7. */
const sameState: Check = (record, returned) =>
  sameHash(record.stateHash, sha256(returned.state)) ? undefined : 'different-state'

/**
 * The consent belongs to this authorization. Without this check, an attacker's own consent under the victim's `state` could connect the
 * attacker's account. Only a denied consent may come without a session URI: it binds nothing.
 */
const sameSessionUri: Check = (record, returned) =>
  (returned.sessionUri === undefined ? returned.denied : sameHash(record.sessionUriHash, sha256(returned.sessionUri)))
    ? undefined
    : 'different-session-uri'

/** The returning browser is the one that signed in, and the one that received the authorization URL. */
const sameBrowser: Check = (record, _returned, caller) => {
  if (record.browserHash === undefined) return 'never-started'
  if (caller.browserSecret === undefined) return 'different-browser'
  const hash = browserHash(caller.browserSecret, caller.userSession)
  return sameHash(record.browserHash, hash) && sameHash(caller.browserHash, hash) ? undefined : 'different-browser'
}

/** @returns the first refusal, or nothing when user, user session, state, session URI and browser match. */
export function checkReturn(
  record: PendingAuthorization,
  owningSession: UserSessionRef,
  returned: Return,
  caller: Caller,
): BindingRefusal | undefined {
  const checks = [sameUser, sameUserSession(owningSession), sameState, sameSessionUri, sameBrowser]
  for (const check of checks) {
    const refusal = check(record, returned, caller)
    if (refusal) return refusal
  }
  return undefined
}
