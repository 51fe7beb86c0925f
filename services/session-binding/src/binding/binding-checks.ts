import type { PendingAuthorization, UserRef, UserSessionRef } from '@agent-identity/contracts'
import { browserHash, sameHash, sha256 } from '@agent-identity/service-runtime'
import type { Return } from './returned-parameters.ts'

/** Who stands before us, all of it from the cookies of this request and the user session in Redis; nothing from the query. */
export interface Caller {
  userSession: UserSessionRef
  user: UserRef
  /** Of the browser that signed in: from the sealed user session, where nobody without a key can write another. */
  browserHash: string
  browserSecret: string | undefined
}

/** Why a return is not the one that was asked for. For the log only: from outside all of them look alike. */
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

/** The person who consented is the person who asked. */
const sameUser: Check = (record, _returned, caller) => (record.owner === caller.user ? undefined : 'different-user')

/** … in the user session that asked. The record's name in Redis carries it, so `owningSession` is part of the look-up. */
const sameUserSession =
  (owningSession: UserSessionRef): Check =>
  (_record, _returned, caller) =>
    owningSession === caller.userSession ? undefined : 'different-user-session'

/** This return answers the very request that was sent: RFC 6749 §10.12, RFC 9700 §4.7. */
const sameState: Check = (record, returned) =>
  sameHash(record.stateHash, sha256(returned.state)) ? undefined : 'different-state'

/**
 * The consent is the one that this authorization led to. Without it, an attacker's own consent under the victim's `state`
 * would connect the attacker's account. A denied consent may come without it, and then binds nothing.
 */
const sameSessionUri: Check = (record, returned) =>
  (returned.denied && returned.sessionUri === undefined) ||
  sameHash(record.sessionUriHash, sha256(returned.sessionUri ?? ''))
    ? undefined
    : 'different-session-uri'

/** The browser that returns is the browser that signed in, and that the authorization URL was handed to. */
const sameBrowser: Check = (record, _returned, caller) => {
  if (record.browserHash === undefined) return 'never-started'
  if (caller.browserSecret === undefined) return 'different-browser'
  const hash = browserHash(caller.browserSecret, caller.userSession)
  return sameHash(record.browserHash, hash) && sameHash(caller.browserHash, hash) ? undefined : 'different-browser'
}

/** @returns the first refusal, or nothing when this is the user, the user session, the consent and the browser that asked. */
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
