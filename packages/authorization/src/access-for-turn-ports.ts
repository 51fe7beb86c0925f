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
  isSignedIn(ref: UserSessionRef): Promise<boolean>
  requestAccess(request: AccessRequest): Promise<AccessOutcome>
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
  /** Makes a replica settle the authorization again. */
  lookAgain(id: AuthorizationId): Promise<void>
  clock: Clock
  calls: Pick<ConnectionCalls, 'during'>
  /** The turn's memory, shared by its runs. */
  asked: {
    find(request: string): Promise<AuthorizationId | undefined>
    /** Stores the authorization and, in the same step, tells the browser, once. */
    announce(request: string, event: AuthorizationRequired): Promise<void>
    /** The account of calls that name none. */
    accountAt(provider: ProviderId): Promise<AccountOfTurn | undefined>
    /** @returns the account that was kept first. */
    keepAccount(provider: ProviderId, account: AccountOfTurn): Promise<AccountOfTurn>
  }
}

export type AccountOfTurn = Pick<ConnectionRef, 'named'>

export interface AskingTurn {
  waiter: WaiterId
  turnId: TurnId
  userSession: UserSessionRef
  user: UserRef
  requestId: string
}
