import type {
  AuthorizationId,
  AuthorizationRequired,
  ConnectionRecord,
  ConnectionRef,
  OfferedProviders,
  PendingAuthorization,
  ProviderId,
  TurnId,
  UserRef,
  UserSessionRef,
  WaiterId,
} from '@agent-identity/contracts'
import type { Clock } from '@agent-identity/service-runtime'
import type { WithoutConsent, WithoutConsentAccess } from './access-without-consent.ts'
import type { AskedFor } from './asked-for.ts'
import type { Accounts } from './connections/accounts.ts'
import type { ConnectionCalls } from './connections/connection-calls.ts'
import type { Joined } from './pending-authorization-scripts.ts'
import type { AccessOutcome, AccessRequest } from './request-authorization.ts'

export interface AccessForTurnPorts {
  offered: OfferedProviders
  /** Whether the user session is still this user's: read at each call, not at the start of the run. */
  isSignedIn(ref: UserSessionRef): Promise<boolean>
  requestAccess(request: AccessRequest): Promise<AccessOutcome>
  /** For providers without consent. */
  accessWithoutConsent(
    turn: Pick<AccessRequest, 'userSession' | 'user' | 'requestId'> & { turnId: TurnId },
    provider: WithoutConsent,
    scopes: readonly string[],
    rejected?: 'rejected',
  ): Promise<WithoutConsentAccess>
  authorizations: {
    read(id: AuthorizationId): Promise<PendingAuthorization | undefined>
    findActive(ref: UserSessionRef, asked: AskedFor): Promise<AuthorizationId | undefined>
    findUnchecked(asked: AskedFor): Promise<AuthorizationId | undefined>
    join(id: AuthorizationId, waiter: WaiterId, until?: 'settled'): Promise<Joined>
  }
  connections: {
    find(ref: ConnectionRef): Promise<ConnectionRecord | undefined>
    needsReauthorization(ref: ConnectionRef): Promise<void>
  }
  accounts: Pick<Accounts, 'choose' | 'namesOf'>
  /** Has a replica look at an authorization. */
  lookAgain(id: AuthorizationId): Promise<void>
  clock: Clock
  calls: Pick<ConnectionCalls, 'during'>
  /** The authorizations that this turn has requested so far, and the accounts that it uses. */
  asked: {
    find(request: string): Promise<AuthorizationId | undefined>
    /** Stores it and notifies the browser, in one step; a second call does nothing. */
    announce(request: string, event: AuthorizationRequired): Promise<void>
    /** Which account the turn's calls use where they name none; nothing until such a call has found a record of an account. */
    accountAt(provider: ProviderId): Promise<AccountOfTurn | undefined>
    /** Keeps an account for the turn. @returns the one that was kept first, which may be another one. */
    keepAccount(provider: ProviderId, account: AccountOfTurn): Promise<AccountOfTurn>
  }
}

export type AccountOfTurn = Pick<ConnectionRef, 'named'>

export interface AskingTurn {
  /** The id by which the turn waits for an authorization. */
  waiter: WaiterId
  /** For the audit trail. */
  turnId: TurnId
  userSession: UserSessionRef
  user: UserRef
  requestId: string
}
