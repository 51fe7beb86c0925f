import type { User, UserRef, UserSession, UserSessionRef } from '@agent-identity/contracts'
import { userRef } from '@agent-identity/service-runtime'

export interface CurrentUserSession {
  ref: UserSessionRef
  user: User
  userRef: UserRef
  /** Unix time in milliseconds. */
  signedInAt: number
  /** Unix time in milliseconds. */
  endsAt: number
  /** Of the browser that signed in; see `browserHash` in service-runtime. */
  browserHash: string
}

export const toCurrent = (ref: UserSessionRef, userSession: UserSession): CurrentUserSession => ({
  ref,
  userRef: userRef(userSession.user),
  ...userSession,
})

/**
 * What express-session keeps of a user session for one request. It compares the JSON of everything that it keeps before and
 * after: of this, which is never changed, the name is enough.
 */
export class SignedIn {
  readonly userSession: UserSession
  readonly current: CurrentUserSession

  constructor(ref: UserSessionRef, userSession: UserSession) {
    this.userSession = userSession
    this.current = toCurrent(ref, userSession)
  }

  toJSON(): string {
    return this.current.ref
  }
}
