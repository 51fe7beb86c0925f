import type { UserRef, UserSession, UserSessionRef } from '@agent-identity/contracts'

/** Alive when it was read or begun. Times are Unix times in milliseconds. */
export interface CurrentUserSession extends UserSession {
  ref: UserSessionRef
  userRef: UserRef
}
