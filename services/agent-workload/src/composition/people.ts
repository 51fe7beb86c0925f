import {
  type ComposedAuthorization,
  connectionKeysOf,
  createDueSet,
  createErasureRecords,
  createRecordsOfUser,
} from '@agent-identity/authorization'
import {
  AUTHORIZATION_SETTLED_CHANNEL,
  ERASURES_DUE_KEY,
  type OfferedProviders,
  type UserRef,
  type UserSessionRef,
} from '@agent-identity/contracts'
import { subscribeToSettlements } from '@agent-identity/service-runtime'
import { endUserSession } from '@agent-identity/user-session'
import { createErasures } from '../people/erasures.ts'
import { createConversationsOfUser } from '../turns/conversations-of-user.ts'
import { knownProviders } from './known-providers.ts'
import type { Runtime } from './runtime.ts'
import type { SignIn } from './sign-in.ts'

export function composePeople(
  runtime: Runtime,
  steps: {
    signIn: SignIn
    authorization: ComposedAuthorization
    offered: OfferedProviders
    onSignOut(ref: UserSessionRef): Promise<void>
  },
) {
  const { config, redis, subscriber, audit, clock, log } = runtime
  const { signIn, authorization, onSignOut } = steps
  // An erasure includes providers that are not offered now: when they are offered again, their accounts must need a new consent.
  const offered = knownProviders(steps.offered)
  const { sessions, userTokens: tokens, revocations } = signIn
  const settlements = subscribeToSettlements(subscriber, AUTHORIZATION_SETTLED_CHANNEL)
  const records = createErasureRecords({ redis, connectionKeys: connectionKeysOf(config), log })
  const recordsOfUser = createRecordsOfUser({
    redis,
    known: offered,
    hasMcpServer: config.CONNECTION_KEYS !== undefined,
  })
  const conversations = createConversationsOfUser({ redis, turnKeys: config.TURN_KEYS, log })
  const endingDeps = { sessions, tokens, revocations, onSignOut, audit, log }
  const erasures = createErasures({
    records,
    due: createDueSet<UserRef>(redis, ERASURES_DUE_KEY),
    offered,
    connections: {
      refsOf: authorization.connections.refsOf,
      find: authorization.connections.find,
      disconnect: authorization.disconnections.disconnect,
      cancelOpen: authorization.disconnections.cancelOpen,
      latchAbsent: authorization.latchAbsent,
      forgetDefault: authorization.forgetDefault,
      forgetDetails: authorization.forgetDetails,
    },
    authorizations: {
      ...authorization.authorizations,
      untilAnswered: (id, waitMs) =>
        settlements.next(
          id,
          () => authorization.authorizations.read(id),
          (record) => record?.status === 'binding',
          { waitMs },
        ),
    },
    userSessions: {
      find: sessions.find,
      refsOfUser: sessions.refsOfUser,
      end: (userSession, requestId) =>
        endUserSession(endingDeps, userSession, { event: 'signed_out_by_erasure', requestId }),
      onEnded: onSignOut,
    },
    conversations,
    recordsOfUser,
    audit,
    clock,
    log,
  })
  return { erasures, isErased: records.isErasedSince.bind(records), recordsOfUser, conversations }
}

export type ComposedPeople = ReturnType<typeof composePeople>
