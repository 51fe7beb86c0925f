import {
  AUTHORIZATION_EXPIRIES_KEY,
  AuthorizationId,
  type ConnectionRef,
  connectionOf,
  consentTripKey,
  LOOK_AFTER_CHANGE_MS,
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
import { isUnderWay } from './connections/connection-state.ts'
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
 * Step 5 in Redis. Authorizations share a slot with their user session: after the user session has ended none is created or started, and no return
 * can begin to bind one.
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

  async function moveOn(id: AuthorizationId, from: PendingAuthorizationStatus, to: PendingAuthorizationStatus) {
    for (;;) {
      const record = await read(id)
      if (record?.status !== from) return false
      if (await records.change(id, record, { status: to })) return true
    }
  }

  return {
    read,

    /** The open authorization of this user session for the same request: two tabs cause one consent. */
    async findActive(ref: UserSessionRef, { user, scopes, ...asked }: AskedFor): Promise<AuthorizationId | undefined> {
      const field = fieldOf({ ...asked, scopes: scopes.join(' ') })
      const entry = await redis.hget(pendingAuthorizationIndexKey(ref), field)
      const found = await ofSession.find(ref, user, entry)
      // The index is not sealed: what it names must be for the same request.
      if (!found?.isInTime || fieldOf(found.record) !== field) return undefined
      // One that has ended may not be released yet.
      return isUnderWay(found.record, clock()) ? found.id : undefined
    },

    findUnchecked: createUncheckedAuthorizations({ redis, list: ofUser.list, clock }),

    /** In all of the user's user sessions. */
    listOf: (ref: ConnectionRef) => ofUser.list(ref.user, ref),
    listOfUser: (user: UserRef) => ofUser.list(user),
    forgetOfUser: ofUser.forgetAll,

    listActive: ofSession.list,
    listUnsettled: ofSession.listUnsettled,

    /** @returns with `created` the id to use: it may be of an earlier authorization for the same request */
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

      // This entry is in another slot, so it is written before: without it, the record might never be settled.
      await redis.zadd(AUTHORIZATION_EXPIRIES_KEY, expiresAt, id)
      await ofUser.add(authorization.user, id, expiresAt)
      for (let over = ''; ; ) {
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
            over,
            ...Object.entries(record).flat(),
          ],
        )
        if (result === 'signed-out' || result === 'too-many') {
          // An erasure may have emptied the user's list meanwhile: this id must not stay in it.
          await ofUser.forget(authorization.user, id)
          return { outcome: result }
        }
        if (result === id) {
          await tellConnectionChanged(redis, authorization)
          return { outcome: 'created', id }
        }
        const standing = String(result)
        const first = await ofSession.find(ref, authorization.user, standing)
        if (first && fieldOf(first.record) === fieldOf(facts) && !hasEnded(first.record))
          return { outcome: 'created', id: first.id }
        // The index is not sealed: with a forged entry this loop might not end.
        if (standing === over) throw new Error('An entry of the index of pending authorizations cannot be replaced')
        // For example, the standing authorization has ended and is not released yet, or does not open under today's keys.
        over = standing
      }
    },

    /** @param until with `settled`, a bound or unconfirmed authorization that is not settled yet is waited for, too */
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
      // This entry is in another slot, so it is written before: if this process dies before it notifies, the expiry timer settles the authorization.
      await redis.zadd(AUTHORIZATION_EXPIRIES_KEY, 'XX', 'LT', clock() + LOOK_AFTER_CHANGE_MS, id)
      return moveOn(id, 'pending', status)
    },

    /** For a `binding` record whose process counts as dead. @returns whether it was still `binding`. */
    abandon: (id: AuthorizationId): Promise<boolean> => moveOn(id, 'binding', 'unconfirmed'),

    async conclude(id: AuthorizationId, status: 'bound' | 'failed'): Promise<void> {
      await moveOn(id, 'unconfirmed', status)
    },

    async lookAgainAt(id: AuthorizationId, time: number): Promise<void> {
      await redis.zadd(AUTHORIZATION_EXPIRIES_KEY, time, id)
    },

    waiters: async (id: AuthorizationId): Promise<WaiterId[]> => (await redis.smembers(waitersKey(id))) as WaiterId[],

    async release(id: AuthorizationId, record: PendingAuthorization): Promise<void> {
      const index = pendingAuthorizationIndexKey(userSessionRefOf(id))
      const deletedAt = record.expiresAt + PENDING_AUTHORIZATION_GRACE_SECONDS * 1_000
      await runScript(redis, RELEASE, [index], [fieldOf(record), id, deletedAt])
      await tellConnectionChanged(redis, connectionOf(record))
    },

    async forgetWaiters(id: AuthorizationId): Promise<void> {
      await redis.del(waitersKey(id))
    },

    async forgetExpiry(id: AuthorizationId): Promise<void> {
      await redis.zrem(AUTHORIZATION_EXPIRIES_KEY, id)
    },

    /** Settled authorizations are removed, too: each contains the identity artifact. */
    async removeAll(ref: UserSessionRef): Promise<WaiterId[]> {
      const entries = Object.values(await redis.hgetall(pendingAuthorizationIndexKey(ref)))
      // The index is not sealed: a forged entry must not delete another user session's records.
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

const hasEnded = ({ status }: PendingAuthorization) =>
  status === 'failed' || status === 'cancelled' || status === 'expired'

export type PendingAuthorizations = ReturnType<typeof createPendingAuthorizations>
