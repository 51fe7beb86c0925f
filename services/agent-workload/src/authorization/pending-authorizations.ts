import {
  AUTHORIZATION_EXPIRIES_KEY,
  AuthorizationId,
  consentTripKey,
  type IdentityArtifact,
  identityArtifactPlace,
  PENDING_AUTHORIZATION_GRACE_SECONDS,
  PendingAuthorization,
  type PendingAuthorizationStatus,
  ProviderId,
  pendingAuthorizationIndexKey,
  pendingAuthorizationKey,
  type TurnId,
  type UserRef,
  type UserSessionRef,
  userSessionKey,
  userSessionRefOf,
  waitingTurnsKey,
} from '@agent-identity/contracts'
import {
  type Clock,
  compareAndSet,
  type RedisClient,
  runScript,
  type Sealer,
  sha256,
} from '@agent-identity/service-runtime'
import { z } from 'zod'
import { CREATE, JOIN, RELEASE, SIGN_OUT } from './pending-authorization-scripts.ts'

export interface NewAuthorization {
  id: AuthorizationId
  /** `customState`, which AgentCore hands back as `state`. */
  state: string
  owner: UserRef
  provider: ProviderId
  scopes: readonly string[]
  authorizationUrl: string
  sessionUri: string
  /** The one that minted the workload access token of this request. */
  artifact: IdentityArtifact
  /** The id of the request that asks for it. */
  correlationId: string
}

/**
 * Step 5 in Redis. Everything of one user session shares a slot with the user session itself, so that nothing is
 * created, started or bound once it has ended, and signing out removes all of it in one step.
 */
export function createPendingAuthorizations(dependencies: {
  redis: RedisClient
  authorizationSealer: Sealer
  artifactSealer: Sealer
  ttlSeconds: number
  perUserSession: number
  clock: Clock
}) {
  const { redis, authorizationSealer, artifactSealer, ttlSeconds, perUserSession, clock } = dependencies

  async function read(id: AuthorizationId): Promise<PendingAuthorization | undefined> {
    const fields = await redis.hgetall(pendingAuthorizationKey(id))
    return Object.keys(fields).length === 0 ? undefined : PendingAuthorization.parse(fields)
  }

  const indexField = (provider: ProviderId, scopes: readonly string[]) => `${provider} ${scopes.join(' ')}`

  return {
    read,

    /** The authorization that this user session is already being asked for, so that two tabs do not cause two consents. */
    async findActive(
      ref: UserSessionRef,
      provider: ProviderId,
      scopes: readonly string[],
    ): Promise<AuthorizationId | undefined> {
      const entry = await redis.hget(pendingAuthorizationIndexKey(ref), indexField(provider, scopes))
      const [id, expiresAt] = entry?.split(' ') ?? []
      return id && Number(expiresAt) > clock() ? (id as AuthorizationId) : undefined
    },

    /** Every active one of a user session: provider and expiry by id. */
    async listActive(ref: UserSessionRef): Promise<{ id: AuthorizationId; provider: ProviderId }[]> {
      const entries = Object.entries(await redis.hgetall(pendingAuthorizationIndexKey(ref)))
      return entries.flatMap(([field, entry]) => {
        const [id, expiresAt] = entry.split(' ')
        const provider = ProviderId.safeParse(field.split(' ')[0])
        return provider.success && Number(expiresAt) > clock()
          ? [{ id: id as AuthorizationId, provider: provider.data }]
          : []
      })
    },

    /** Outcome `created` has the id to use: a concurrent request for the same provider and scopes may have been first. */
    async create(
      authorization: NewAuthorization,
    ): Promise<{ outcome: 'created'; id: AuthorizationId } | { outcome: 'signed-out' | 'too-many' }> {
      const { id } = authorization
      const ref = userSessionRefOf(id)
      const key = pendingAuthorizationKey(id)
      const now = clock()
      const expiresAt = now + ttlSeconds * 1_000
      const asked = {
        owner: authorization.owner,
        provider: authorization.provider,
        scopes: authorization.scopes.join(' '),
        stateHash: sha256(authorization.state),
        sessionUriHash: sha256(authorization.sessionUri),
      }
      const record = {
        status: 'pending',
        ...asked,
        createdAt: String(now),
        expiresAt: String(expiresAt),
        correlationId: authorization.correlationId,
        sealedAuthorization: authorizationSealer.seal(
          JSON.stringify({ authorizationUrl: authorization.authorizationUrl, sessionUri: authorization.sessionUri }),
          `${key} sealedAuthorization`,
        ),
        sealedIdentityArtifact: artifactSealer.seal(
          JSON.stringify(authorization.artifact),
          identityArtifactPlace(id, asked),
        ),
      } satisfies Record<string, string>

      // Before the record, in another slot: an expiry without a record is swept away, a record without one would wait for ever.
      await redis.zadd(AUTHORIZATION_EXPIRIES_KEY, expiresAt, id)
      const result = await runScript(
        redis,
        CREATE,
        [userSessionKey(ref), pendingAuthorizationIndexKey(ref), key],
        [
          indexField(authorization.provider, authorization.scopes),
          id,
          now,
          expiresAt,
          expiresAt + PENDING_AUTHORIZATION_GRACE_SECONDS * 1_000,
          perUserSession,
          ...Object.entries(record).flat(),
        ],
      )
      if (result === 'signed-out' || result === 'too-many') return { outcome: result }
      return { outcome: 'created', id: AuthorizationId.parse(result) }
    },

    /** Lets a turn wait for it. @returns `waiting`, or the status that it has come to instead. */
    async join(id: AuthorizationId, turn: TurnId): Promise<'waiting' | PendingAuthorizationStatus | 'missing'> {
      const result = await runScript(
        redis,
        JOIN,
        [pendingAuthorizationKey(id), waitingTurnsKey(id)],
        [turn, clock(), (ttlSeconds + PENDING_AUTHORIZATION_GRACE_SECONDS) * 1_000],
      )
      return z.string().parse(result) as 'waiting' | PendingAuthorizationStatus | 'missing'
    },

    /** @returns whether it was still `pending`. */
    async end(id: AuthorizationId, status: 'cancelled' | 'expired'): Promise<boolean> {
      // Before it ends, in another slot: should this process die before it tells anybody, the expiry timer looks at once.
      await redis.zadd(AUTHORIZATION_EXPIRIES_KEY, 'XX', 'LT', clock(), id)
      const result = await compareAndSet(redis, {
        key: pendingAuthorizationKey(id),
        from: ['pending'],
        set: { status },
      })
      return result === 'set'
    },

    /** A `binding` record that its process left behind: nobody will say how it ended. @returns whether it still was. */
    async abandon(id: AuthorizationId): Promise<boolean> {
      const result = await compareAndSet(redis, {
        key: pendingAuthorizationKey(id),
        from: ['binding'],
        set: { status: 'unconfirmed' },
      })
      return result === 'set'
    },

    /** AgentCore has said what became of an `unconfirmed` one: whoever returns to it once more is told. */
    async conclude(id: AuthorizationId, status: 'bound' | 'failed'): Promise<void> {
      await compareAndSet(redis, { key: pendingAuthorizationKey(id), from: ['unconfirmed'], set: { status } })
    },

    /** The expiry timer of whichever replica looks at it then. */
    async lookAgainAt(id: AuthorizationId, time: number): Promise<void> {
      await redis.zadd(AUTHORIZATION_EXPIRIES_KEY, time, id)
    },

    waitingTurns: async (id: AuthorizationId): Promise<TurnId[]> =>
      (await redis.smembers(waitingTurnsKey(id))) as TurnId[],

    /** The user session may be asked for the same again. */
    async release(id: AuthorizationId, record: PendingAuthorization): Promise<void> {
      const index = pendingAuthorizationIndexKey(userSessionRefOf(id))
      const deletedAt = record.expiresAt + PENDING_AUTHORIZATION_GRACE_SECONDS * 1_000
      await runScript(redis, RELEASE, [index], [indexField(record.provider, record.scopes.split(' ')), id, deletedAt])
    },

    /** Told, a turn waits for it no longer. */
    async forgetTurns(id: AuthorizationId): Promise<void> {
      await redis.del(waitingTurnsKey(id))
    },

    /** Nothing about it will change any more. */
    async forgetExpiry(id: AuthorizationId): Promise<void> {
      await redis.zrem(AUTHORIZATION_EXPIRIES_KEY, id)
    },

    /**
     * Every authorization of a user session, the settled ones too, and its consent trip: nobody can be told of them any more, and each has the
     * user's identity artifact in it.
     *
     * @returns the turns that waited for any of them; they end, because their user session has.
     */
    async removeAll(ref: UserSessionRef): Promise<TurnId[]> {
      const entries = Object.values(await redis.hgetall(pendingAuthorizationIndexKey(ref)))
      const ids = entries.map((entry) => entry.split(' ')[0] as AuthorizationId)
      const turns = await runScript(
        redis,
        SIGN_OUT,
        [
          pendingAuthorizationIndexKey(ref),
          consentTripKey(ref),
          ...ids.map(pendingAuthorizationKey),
          ...ids.map(waitingTurnsKey),
        ],
        [],
      )
      return z.array(z.string()).parse(turns) as TurnId[]
    },
  }
}

export type PendingAuthorizations = ReturnType<typeof createPendingAuthorizations>
