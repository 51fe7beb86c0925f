import {
  AUTHORIZATION_EXPIRIES_KEY,
  AuthorizationId,
  type ConnectionRef,
  connectionOf,
  consentTripKey,
  PENDING_AUTHORIZATION_GRACE_SECONDS,
  type PendingAuthorization,
  type PendingAuthorizationStatus,
  PLACES,
  pendingAuthorizationIndexKey,
  pendingAuthorizationKey,
  type UserRef,
  type UserSessionRef,
  userSessionKey,
  userSessionRefOf,
  type WaiterId,
  waitersKey,
} from '@agent-identity/contracts'
import {
  type Clock,
  type PendingAuthorizationRecords,
  type RedisClient,
  runScript,
  type Sealer,
} from '@agent-identity/service-runtime'
import { z } from 'zod'
import type { AskedFor } from './asked-for.ts'
import { createAuthorizationsOfSession } from './authorizations-of-session.ts'
import { createAuthorizationsOfUser } from './authorizations-of-user.ts'
import { tellConnectionChanged } from './connections/connection-changes.ts'
import { factsOf, type NewAuthorization } from './new-authorization.ts'
import {
  CREATE,
  fieldOf,
  JOIN,
  JOIN_UNTIL_SETTLED,
  type Joined,
  RELEASE,
  SIGN_OUT,
} from './pending-authorization-scripts.ts'
import { createUncheckedAuthorizations } from './unchecked-authorizations.ts'

/**
 * Step 5 in Redis. All records of one user session share a slot with the user session itself, so that none is created, started or bound after it has
 * ended, and a sign-out removes all of them in one step.
 */
export function createPendingAuthorizations(dependencies: {
  redis: RedisClient
  records: PendingAuthorizationRecords
  authorizationSealer: Sealer
  artifactSealer: Sealer
  ttlSeconds: number
  perUserSession: number
  clock: Clock
}) {
  const { redis, records, authorizationSealer, artifactSealer, ttlSeconds, perUserSession, clock } = dependencies

  const { read } = records
  const ofUser = createAuthorizationsOfUser({ redis, read, clock })
  const ofSession = createAuthorizationsOfSession({ redis, read, clock })

  /** Changes an authorization's status from `from`, even if other members change meanwhile. @returns whether it still had that status. */
  async function moveOn(id: AuthorizationId, from: PendingAuthorizationStatus, to: PendingAuthorizationStatus) {
    for (;;) {
      const record = await read(id)
      if (record?.status !== from) return false
      if (await records.change(id, record, { status: to })) return true
    }
  }

  return {
    read,

    /** The authorization of this user session for the same that is neither settled nor expired: so two tabs do not cause two consents. */
    async findActive(ref: UserSessionRef, { user, scopes, ...asked }: AskedFor): Promise<AuthorizationId | undefined> {
      const field = fieldOf({ ...asked, scopes: scopes.join(' ') })
      const entry = await redis.hget(pendingAuthorizationIndexKey(ref), field)
      const found = await ofSession.find(ref, user, entry)
      // The index is not sealed: what it names must be for the same, with the same state of the connection.
      return found?.isInTime && fieldOf(found.record) === field ? found.id : undefined
    },

    findUnchecked: createUncheckedAuthorizations({ redis, list: ofUser.list, clock }),

    /** The authorizations of one connection, over all of the user’s sessions; each with its record as it is now. */
    listOf: (ref: ConnectionRef) => ofUser.list(ref.user, ref),
    /** The authorizations of all of the user’s connections. */
    listOfUser: (user: UserRef) => ofUser.list(user),
    forgetOfUser: ofUser.forgetAll,

    listActive: ofSession.list,

    /** Outcome `created` has the id to use: a concurrent request for the same may have created it. */
    async create(
      authorization: NewAuthorization,
    ): Promise<{ outcome: 'created'; id: AuthorizationId } | { outcome: 'signed-out' | 'too-many' }> {
      const { id } = authorization
      const ref = userSessionRefOf(id)
      const key = pendingAuthorizationKey(id)
      const now = clock()
      const expiresAt = now + ttlSeconds * 1_000
      const facts = factsOf(authorization, { createdAt: now, expiresAt })
      const record = {
        facts: records.sealFacts(id, facts),
        progress: records.sealNew(id),
        sealedAuthorization: authorizationSealer.seal(
          JSON.stringify({ authorizationUrl: authorization.authorizationUrl, sessionUri: authorization.sessionUri }),
          PLACES.authorizationUrl(id),
        ),
        sealedIdentityArtifact: artifactSealer.seal(
          JSON.stringify(authorization.artifact),
          PLACES.identityArtifact(id, facts),
        ),
      }

      // Before the record, in another slot: an expiry without a record is removed; without an expiry what waits for a record could wait for ever.
      await redis.zadd(AUTHORIZATION_EXPIRIES_KEY, expiresAt, id)
      await ofUser.add(authorization.user, id, expiresAt)
      const result = await runScript(
        redis,
        CREATE,
        [userSessionKey(ref), pendingAuthorizationIndexKey(ref), key],
        [
          fieldOf(facts),
          id,
          now,
          expiresAt,
          expiresAt + PENDING_AUTHORIZATION_GRACE_SECONDS * 1_000,
          perUserSession,
          ...Object.entries(record).flat(),
        ],
      )
      if (result === 'signed-out' || result === 'too-many') {
        // An erasure may have emptied the user's list before: this id must not come back into it.
        await ofUser.forget(authorization.user, id)
        return { outcome: result }
      }
      if (result === id) {
        await tellConnectionChanged(redis, authorization)
        return { outcome: 'created', id }
      }
      const first = await ofSession.find(ref, authorization.user, `${result} ${expiresAt}`)
      if (!first?.isInTime || fieldOf(first.record) !== fieldOf(facts))
        throw new Error('The index of pending authorizations names one that is not this user’s')
      return { outcome: 'created', id: first.id }
    },

    /**
     * Registers a waiter.
     *
     * @param until `settled`: a bound or unconfirmed authorization that is not settled yet is waited for, too.
     * @returns `waiting`, or the status that it has instead.
     */
    async join(id: AuthorizationId, waiter: WaiterId, until?: 'settled'): Promise<Joined> {
      const lifetime = (ttlSeconds + PENDING_AUTHORIZATION_GRACE_SECONDS) * 1_000
      for (;;) {
        const record = await read(id)
        if (!record) return 'missing'
        if (record.status === 'pending' && record.expiresAt <= clock()) return 'expired'
        if (record.status !== 'pending' && record.status !== 'binding') {
          if (until !== 'settled' || (record.status !== 'bound' && record.status !== 'unconfirmed'))
            return record.status
          const index = [pendingAuthorizationIndexKey(userSessionRefOf(id)), waitersKey(id)]
          const joined = await runScript(redis, JOIN_UNTIL_SETTLED, index, [fieldOf(record), id, waiter, lifetime])
          return joined === 'waiting' ? 'waiting' : record.status
        }
        const keys = [pendingAuthorizationKey(id), waitersKey(id)]
        if ((await runScript(redis, JOIN, keys, [record.sealedProgress, waiter, lifetime])) === 'waiting')
          return 'waiting'
      }
    },

    /** @returns whether it was still `pending`. */
    async end(id: AuthorizationId, status: 'cancelled' | 'expired'): Promise<boolean> {
      // Before it ends, in another slot: if this process dies before it notifies, the expiry timer checks it at once.
      await redis.zadd(AUTHORIZATION_EXPIRIES_KEY, 'XX', 'LT', clock(), id)
      return moveOn(id, 'pending', status)
    },

    /** A `binding` record whose process died: no process knows its outcome. @returns whether it still was one. */
    abandon: (id: AuthorizationId): Promise<boolean> => moveOn(id, 'binding', 'unconfirmed'),

    /** AgentCore has reported the outcome of an `unconfirmed` one: a user who returns once more sees it. */
    async conclude(id: AuthorizationId, status: 'bound' | 'failed'): Promise<void> {
      await moveOn(id, 'unconfirmed', status)
    },

    /** Any replica's expiry timer checks it then. */
    async lookAgainAt(id: AuthorizationId, time: number): Promise<void> {
      await redis.zadd(AUTHORIZATION_EXPIRIES_KEY, time, id)
    },

    waiters: async (id: AuthorizationId): Promise<WaiterId[]> => (await redis.smembers(waitersKey(id))) as WaiterId[],

    /** The same provider and scopes may be requested again in the user session. */
    async release(id: AuthorizationId, record: PendingAuthorization): Promise<void> {
      const index = pendingAuthorizationIndexKey(userSessionRefOf(id))
      const deletedAt = record.expiresAt + PENDING_AUTHORIZATION_GRACE_SECONDS * 1_000
      await runScript(redis, RELEASE, [index], [fieldOf(record), id, deletedAt])
      await tellConnectionChanged(redis, connectionOf(record))
    },

    /** Called when the waiters have the outcome. */
    async forgetWaiters(id: AuthorizationId): Promise<void> {
      await redis.del(waitersKey(id))
    },

    /** Called when the authorization is final: the expiry timer need not check it again. */
    async forgetExpiry(id: AuthorizationId): Promise<void> {
      await redis.zrem(AUTHORIZATION_EXPIRIES_KEY, id)
    },

    /**
     * All authorizations of a user session, also settled ones, and its consent trip: they cannot be shown to anyone any more, and each contains the
     * user's identity artifact.
     *
     * @returns the waiters of all of them; they end, because their user session has ended.
     */
    async removeAll(ref: UserSessionRef): Promise<WaiterId[]> {
      const entries = Object.values(await redis.hgetall(pendingAuthorizationIndexKey(ref)))
      // A forged entry of another user session would be deleted, too, or make the script fail: a cluster refuses a script across slots.
      const ids = entries
        .flatMap((entry) => AuthorizationId.safeParse(entry.split(' ')[0]).data ?? [])
        .filter((id) => userSessionRefOf(id) === ref)
      const waiters = await runScript(
        redis,
        SIGN_OUT,
        [
          pendingAuthorizationIndexKey(ref),
          consentTripKey(ref),
          ...ids.map(pendingAuthorizationKey),
          ...ids.map(waitersKey),
        ],
        [],
      )
      return z.array(z.string()).parse(waiters) as WaiterId[]
    },
  }
}

export type PendingAuthorizations = ReturnType<typeof createPendingAuthorizations>
