import {
  AuthorizationId,
  authorizationsOfUserKey,
  type ConnectionRef,
  PENDING_AUTHORIZATION_GRACE_SECONDS,
  type PendingAuthorization,
  type UserRef,
} from '@agent-identity/contracts'
import { addToExpiringIndex, type Clock, type RedisClient } from '@agent-identity/service-runtime'

/** In all of the user's user sessions. The index is not sealed: each authorization is read, and must be that user's. */
export function createAuthorizationsOfUser(dependencies: {
  redis: RedisClient
  read(id: AuthorizationId): Promise<PendingAuthorization | undefined>
  clock: Clock
}) {
  const { redis, read, clock } = dependencies
  return {
    async add(owner: UserRef, id: AuthorizationId, expiresAt: number): Promise<void> {
      // Until its record is deleted, a bound authorization may still connect.
      const endsAt = expiresAt + PENDING_AUTHORIZATION_GRACE_SECONDS * 1_000
      await addToExpiringIndex(redis, authorizationsOfUserKey(owner), { id, endsAt, now: clock() })
    },

    async list(user: UserRef, of?: ConnectionRef): Promise<{ id: AuthorizationId; record: PendingAuthorization }[]> {
      const listed = await redis.zrangebyscore(authorizationsOfUserKey(user), clock(), '+inf')
      const found = await Promise.all(
        listed.map(async (text) => {
          const id = AuthorizationId.safeParse(text).data
          const record = id && (await read(id))
          const isOfIt = !of || (record?.provider === of.provider && record.named === of.named)
          return id && record?.owner === user && isOfIt ? { id, record } : undefined
        }),
      )
      return found.flatMap((one) => one ?? [])
    },

    async forget(user: UserRef, id: AuthorizationId): Promise<void> {
      await redis.zrem(authorizationsOfUserKey(user), id)
    },

    async forgetAll(user: UserRef): Promise<void> {
      await redis.del(authorizationsOfUserKey(user))
    },
  }
}
