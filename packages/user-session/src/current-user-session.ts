import type { UserRef, UserSession, UserSessionRef } from '@agent-identity/contracts'

/** A user session that was alive when it was read or begun. Times are Unix times in milliseconds. */
export interface CurrentUserSession extends UserSession {
  ref: UserSessionRef
  userRef: UserRef
}
