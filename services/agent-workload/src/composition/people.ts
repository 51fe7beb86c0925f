import {
  type ComposedAuthorization,
  connectionKeysOf,
  createDueSet,
  createErasureRecords,
  isLive,
} from '@agent-identity/authorization'
import {
  askFirstKey,
  ERASURES_DUE_KEY,
  type OfferedProviders,
  START_SETTLED_CHANNEL,
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
    onSignOut(ref: UserSessionRef, user: UserRef | undefined): Promise<void>
  },
) {
  const { config, redis, subscriber, audit, clock, log } = runtime
  const { signIn, authorization, onSignOut } = steps
  // An erasure includes providers that are not offered now: when they are offered again, their accounts must need a new consent.
  const offered = knownProviders(steps.offered)
  const { sessions, userTokens: tokens, revocations } = signIn
  const settlements = subscribeToSettlements(subscriber, START_SETTLED_CHANNEL)
  const records = createErasureRecords({ redis, connectionKeys: connectionKeysOf(config), log })
  const conversations = createConversationsOfUser({ redis, turnKeys: config.TURN_KEYS, log })
  const endingDeps = { sessions, tokens, revocations, onSignOut, audit, log }
  const { connections, starts } = authorization
  const erasures = createErasures({
    records,
    due: createDueSet<UserRef>(redis, ERASURES_DUE_KEY),
    offered,
    connections: {
      end: async (who, provider) => (await authorization.disconnect(who, provider)).ended.length,
      untilRead: authorization.untilRead,
      isAnyLive: async (user, provider) => (await connections.read(user, provider)).connections.some(isLive),
      forget: connections.forget.bind(connections),
    },
    authorizations: authorization.authorizations,
    starts: {
      read: starts.read,
      untilAnswered: (id, waitMs) =>
        settlements.next(
          id,
          () => starts.read(id),
          (start) => start?.status === 'binding',
          { waitMs },
        ),
      settle: authorization.settleStart,
    },
    userSessions: {
      find: sessions.find,
      refsOfUser: sessions.refsOfUser,
      end: (userSession, requestId) =>
        endUserSession(endingDeps, userSession, { event: 'signed_out_by_erasure', requestId }),
      onEnded: onSignOut,
    },
    conversations,
    choices: {
      // Also at providers that are switched off: when one is offered again, an old choice would apply.
      async erase(user) {
        await redis.del(...[...offered.keys()].map((provider) => askFirstKey(user, provider)))
      },
    },
    audit,
    clock,
    log,
  })
  return { erasures, isErased: records.isErasedSince.bind(records), conversations }
}

export type ComposedPeople = ReturnType<typeof composePeople>
