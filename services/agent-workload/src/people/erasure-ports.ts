import type { createDueSet, Disconnecting, ErasureRecords, RecordsOfUser } from '@agent-identity/authorization'
import type {
  AuthorizationId,
  ConnectionRecord,
  ConnectionRef,
  OfferedProviders,
  PendingAuthorization,
  ProviderId,
  UserRef,
  UserSessionRef,
} from '@agent-identity/contracts'
import type { Audit, Clock, Logger } from '@agent-identity/service-runtime'
import type { CurrentUserSession } from '@agent-identity/user-session'
import type { ConversationsOfUser } from '../turns/conversations-of-user.ts'

export interface ErasurePorts {
  records: ErasureRecords
  due: ReturnType<typeof createDueSet<UserRef>>
  offered: OfferedProviders
  connections: {
    refsOf(user: UserRef, provider: ProviderId): Promise<ConnectionRef[]>
    find(ref: ConnectionRef): Promise<ConnectionRecord | undefined>
    disconnect(who: Disconnecting): Promise<ConnectionRecord | undefined>
    cancelOpen(who: Disconnecting): Promise<void>
    /** Writes a latch where there is no record of the account without a name. */
    latchAbsent(user: UserRef, provider: ProviderId): Promise<void>
    forgetDefault(user: UserRef, provider: ProviderId): Promise<void>
    /** Of ended connections, but not of what the user has connected since the erasure. */
    forgetDetails(user: UserRef, provider: ProviderId, endedAt: number): Promise<'forgotten' | 'later'>
  }
  authorizations: {
    listOfUser(user: UserRef): Promise<{ id: AuthorizationId; record: PendingAuthorization }[]>
    forgetOfUser(user: UserRef): Promise<void>
    /** Waits until the authorization has left `binding`, at most `waitMs`. */
    untilAnswered(id: AuthorizationId, waitMs: number): Promise<unknown>
  }
  userSessions: {
    find(ref: UserSessionRef): Promise<CurrentUserSession | undefined>
    /** Also of user sessions that have ended. The index is not sealed: a ref may be another user's. */
    refsOfUser(user: UserRef): Promise<UserSessionRef[]>
    /** With its tokens. */
    end(userSession: CurrentUserSession, requestId: string): Promise<void>
    /** Removes its authorizations, and resumes what waited for them or for a confirmation. */
    onEnded(ref: UserSessionRef): Promise<void>
  }
  conversations: Pick<ConversationsOfUser, 'list' | 'erase'>
  recordsOfUser: Pick<RecordsOfUser, 'erase'>
  audit: Audit
  clock: Clock
  log: Pick<Logger, 'error'>
}
