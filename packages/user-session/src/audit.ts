import type { LOGOUT_REFUSALS, UserRef, UserSessionRef } from '@agent-identity/contracts'
import type { RevocationOutcome } from './oidc-client.ts'

export type LogoutRefusal = (typeof LOGOUT_REFUSALS)[number]

/** The browser learns whether the reason is `issuer-unavailable`, and nothing else. */
export type SignInRefusal =
  /** No `state`, or more than one. */
  | 'no-state'
  /** Forged, too old, or begun by another browser (login CSRF). */
  | 'unknown-state'
  /** Somebody has signed in with it, or is doing so. */
  | 'replayed'
  | 'refused-by-issuer'
  | 'issuer-answer-not-valid'
  | 'issuer-unavailable'
  | 'erased'
  /** The user session was ended before its tokens were stored. */
  | 'ended-meanwhile'

export type EndedElsewhere = 'signed_out_by_issuer' | 'signed_out_by_erasure'

export type SignInAuditEvent =
  | { event: 'signed_in'; requestId: string; user: UserRef; userSession: UserSessionRef }
  | { event: 'sign_in_refused'; requestId: string; reason: SignInRefusal }
  | { event: 'signed_out'; requestId: string; user: UserRef; userSession: UserSessionRef }
  | { event: EndedElsewhere; requestId: string; user: UserRef; userSession: UserSessionRef }
  | { event: 'back_channel_logout_refused'; requestId: string; reason: LogoutRefusal }
  | {
      event: 'refresh_token_revocation'
      requestId: string
      user: UserRef
      /** Absent when no user session could be begun. */
      userSession?: UserSessionRef
      outcome: RevocationOutcome
    }
