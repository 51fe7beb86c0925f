import type { StoredStart, UserRef, UserSessionRef } from '@agent-identity/contracts'
import { browserHash, sameHash, sha256 } from '@agent-identity/service-runtime'
import type { Return } from './returned-parameters.ts'

/** Who returns, and in which browser: from the cookies and the user session in Redis, never from the query. */
export interface Caller {
  userSession: UserSessionRef
  user: UserRef
  /** Of the browser that signed in. */
  browserHash: string
  browserSecret: string | undefined
}

/** For the log and the audit trail: apart from `not-signed-in`, the page is the same for all of them. */
export type BindingRefusal =
  | 'not-signed-in'
  | 'malformed'
  | 'unknown-authorization'
  | 'different-user'
  | 'different-user-session'
  | 'different-state'
  | 'different-session-uri'
  | 'different-browser'

type Check = (record: StoredStart, returned: Return, caller: Caller) => BindingRefusal | undefined

const sameUser: Check = (record, _returned, caller) => (record.owner === caller.user ? undefined : 'different-user')

/** `owningSession` is a part of the start's id. */
const sameUserSession =
  (owningSession: UserSessionRef): Check =>
  (_record, _returned, caller) =>
    owningSession === caller.userSession ? undefined : 'different-user-session'

/** Against cross-site request forgery: RFC 6749 §10.12, RFC 9700 §4.7. */
const sameState: Check = (record, returned) =>
  sameHash(record.stateHash, sha256(returned.state)) ? undefined : 'different-state'

/**
 * An attacker's own consent under the victim's `state` could otherwise connect the attacker's account. A consent that was not given
 * binds nothing, and may come without a session URI.
 */
const sameSessionUri: Check = (record, returned) =>
  (
    returned.sessionUri === undefined
      ? returned.consent !== 'given'
      : sameHash(record.sessionUriHash, sha256(returned.sessionUri))
  )
    ? undefined
    : 'different-session-uri'

/** The returning browser is the one that signed in, and the one that received the authorization URL. */
const sameBrowser: Check = (record, _returned, caller) => {
  if (caller.browserSecret === undefined) return 'different-browser'
  const hash = browserHash(caller.browserSecret, caller.userSession)
  return sameHash(record.browserHash, hash) && sameHash(caller.browserHash, hash) ? undefined : 'different-browser'
}

export function checkReturn(
  record: StoredStart,
  owningSession: UserSessionRef,
  returned: Return,
  caller: Caller | undefined,
): BindingRefusal | undefined {
  if (!caller) return 'not-signed-in'
  const checks = [sameUser, sameUserSession(owningSession), sameState, sameSessionUri, sameBrowser]
  for (const check of checks) {
    const refusal = check(record, returned, caller)
    if (refusal) return refusal
  }
  return undefined
}

/**
 * Whether a refused return has the start's own state and session URI: then somebody has gone on with it outside of the browser that got the
 * authorization URL, and a consent that AgentCore keeps may be another person's.
 */
export function hasLeftItsBrowser(record: StoredStart, returned: Return): boolean {
  const { sessionUri } = returned
  const isOwn = sameHash(record.stateHash, sha256(returned.state))
  return sessionUri !== undefined && sameHash(record.sessionUriHash, sha256(sessionUri)) && isOwn
}
