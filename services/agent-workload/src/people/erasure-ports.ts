import type { createDueSet, ErasureRecords, Who } from '@agent-identity/authorization'
import type {
  Authorization,
  OfferedProviders,
  ProviderId,
  Start,
  StartId,
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
    /** Ends all of them there, and calls off what is still asked for. No consent from before connects. @returns how many have ended now */
    end(who: Who, provider: ProviderId): Promise<number>
    /** Until the tokens of what has ended are read, or the time is over. */
    untilRead(user: UserRef, provider: ProviderId, withinMs: number): Promise<unknown>
    isAnyLive(user: UserRef, provider: ProviderId): Promise<boolean>
    /** Of what has ended. */
    forget(user: UserRef, provider: ProviderId): Promise<'forgotten' | 'later'>
  }
  authorizations: {
    list(user: UserRef): Promise<Authorization[]>
    erase(user: UserRef): Promise<void>
  }
  starts: {
    read(id: StartId): Promise<Start | undefined>
    /** Waits until the start has left `binding`, at most `waitMs`. */
    untilAnswered(id: StartId, waitMs: number): Promise<unknown>
    settle(id: StartId): Promise<unknown>
  }
  userSessions: {
    find(ref: UserSessionRef): Promise<CurrentUserSession | undefined>
    /** Also of user sessions that have ended. The index is not sealed: a ref may be another user's. */
    refsOfUser(user: UserRef): Promise<UserSessionRef[]>
    /** With its tokens. */
    end(userSession: CurrentUserSession, requestId: string): Promise<void>
    /** Calls off what was asked for in it, and resumes what waited for that or for a confirmation. */
    onEnded(ref: UserSessionRef, user: UserRef): Promise<void>
  }
  conversations: Pick<ConversationsOfUser, 'list' | 'erase'>
  /** Choices to be asked first. */
  choices: { erase(user: UserRef): Promise<void> }
  audit: Audit
  clock: Clock
  log: Pick<Logger, 'error'>
}
