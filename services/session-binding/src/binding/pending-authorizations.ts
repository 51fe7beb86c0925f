import {
  AUTHORIZATION_EXPIRIES_KEY,
  AUTHORIZATION_SETTLED_CHANNEL,
  type AuthorizationFailure,
  type AuthorizationId,
  BINDING_NOTIFICATIONS_STREAM,
  IdentityArtifact,
  identityArtifactPlace,
  PendingAuthorization,
  type PendingAuthorizationStatus,
  pendingAuthorizationKey,
  userSessionKey,
  userSessionRefOf,
} from '@agent-identity/contracts'
import { type Clock, compareAndSet, type RedisClient, type Sealer } from '@agent-identity/service-runtime'
import type { BindingEnd, BindSessionPorts } from './bind-session.ts'
import type { SettledAuthorizations } from './settled-authorizations.ts'

interface Dependencies {
  redis: RedisClient
  artifactSealer: Sealer
  settledAuthorizations: SettledAuthorizations
  /** After this a record that is still `binding` counts as left behind, in milliseconds: longer than the call can take. */
  bindingMs: number
  clock: Clock
}

const RECORD_OF: Record<BindingEnd, { status: PendingAuthorizationStatus; failure?: AuthorizationFailure }> = {
  bound: { status: 'bound' },
  denied: { status: 'failed', failure: 'denied' },
  refused: { status: 'failed', failure: 'refused' },
  unconfirmed: { status: 'unconfirmed' },
}

/** The pending authorization in Redis, as far as session binding may touch it: read, consume, settle. */
export function createPendingAuthorizations(dependencies: Dependencies): BindSessionPorts['authorizations'] {
  const { redis, artifactSealer, settledAuthorizations, bindingMs, clock } = dependencies

  async function read(id: AuthorizationId): Promise<PendingAuthorization | undefined> {
    const fields = await redis.hgetall(pendingAuthorizationKey(id))
    return Object.keys(fields).length === 0 ? undefined : PendingAuthorization.parse(fields)
  }

  return {
    read,

    openIdentityArtifact: (id, record) =>
      IdentityArtifact.parse(
        JSON.parse(artifactSealer.open(record.sealedIdentityArtifact, identityArtifactPlace(id, record))),
      ),

    async claim(id, record) {
      const bindingEndsAt = clock() + bindingMs
      // Before the claim, in another slot: should this process die holding it, the workload looks when that must be over.
      await redis.zadd(AUTHORIZATION_EXPIRIES_KEY, 'XX', 'LT', bindingEndsAt, id)
      const result = await compareAndSet(redis, {
        key: pendingAuthorizationKey(id),
        // A user session that ended a moment ago binds nothing any more; both keys share a slot.
        requires: [userSessionKey(userSessionRefOf(id))],
        from: ['pending'],
        set: { status: 'binding', bindingEndsAt: String(bindingEndsAt) },
      })
      return result === 'set' ? { ...record, status: 'binding', bindingEndsAt } : undefined
    },

    async settle(id, record, end) {
      const change = RECORD_OF[end]
      // A denial was not claimed: should this process die before it tells anybody, the workload looks at once.
      if (record.status === 'pending') await redis.zadd(AUTHORIZATION_EXPIRIES_KEY, 'XX', 'LT', clock(), id)
      const result = await compareAndSet(redis, {
        key: pendingAuthorizationKey(id),
        // Whoever gave this process up has written that nobody knows; AgentCore has told it in the end.
        from: record.status === 'binding' ? ['binding', 'unconfirmed'] : [record.status],
        set: { ...change },
      })
      if (result !== 'set') return read(id)
      // The notification says that there is something to look at, and nothing else: the workload reads the record.
      await Promise.all([
        redis.xadd(BINDING_NOTIFICATIONS_STREAM, '*', 'authorizationId', id),
        redis.publish(AUTHORIZATION_SETTLED_CHANNEL, id),
      ])
      return { ...record, ...change }
    },

    settled: (id) => settledAuthorizations.next(id, () => read(id)),
  }
}
