import {
  AuthorizationId,
  authorizationsOfUserKey,
  PENDING_AUTHORIZATION_GRACE_SECONDS,
  type PendingAuthorization,
  type ProviderId,
  type UserRef,
} from '@agent-identity/contracts'
import { type Clock, type RedisClient, runScript } from '@agent-identity/service-runtime'

/** KEYS: the set. ARGV: now, the id, when its record is deleted, in Unix milliseconds. */
const ADD = `
for _, over in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])) do redis.call('ZREM', KEYS[1], over) end
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[2])
redis.call('PEXPIREAT', KEYS[1], ARGV[3])
return 'added'
`

/**
 * Where to look when a user disconnects: authorizations are kept by user session, and the user may have several. It proves
 * nothing; each one is read, and must be that user's.
 */
export function createAuthorizationsOfUser(dependencies: {
  redis: RedisClient
  read(id: AuthorizationId): Promise<PendingAuthorization | undefined>
  clock: Clock
}) {
  const { redis, read, clock } = dependencies
  return {
    async add(owner: UserRef, id: AuthorizationId, expiresAt: number): Promise<void> {
      // Until then one that was bound at the last moment may still connect.
      const deletedAt = expiresAt + PENDING_AUTHORIZATION_GRACE_SECONDS * 1_000
      await runScript(redis, ADD, [authorizationsOfUserKey(owner)], [clock(), id, deletedAt])
    },

    async list(user: UserRef, provider: ProviderId): Promise<{ id: AuthorizationId; record: PendingAuthorization }[]> {
      const listed = await redis.zrangebyscore(authorizationsOfUserKey(user), clock(), '+inf')
      const found = await Promise.all(
        listed.map(async (text) => {
          const id = AuthorizationId.safeParse(text).data
          const record = id && (await read(id))
          return id && record?.owner === user && record.provider === provider ? { id, record } : undefined
        }),
      )
      return found.flatMap((one) => one ?? [])
    },
  }
}
