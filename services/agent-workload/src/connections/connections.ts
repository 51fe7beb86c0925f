import { ConnectionRecord, connectionKey, type ProviderId, type UserRef } from '@agent-identity/contracts'
import type { Clock, RedisClient } from '@agent-identity/service-runtime'

/** Our own memory of what the user has connected; AgentCore has no list. Losing it costs a question to AgentCore. */
export function createConnections(dependencies: { redis: RedisClient; clock: Clock }) {
  const { redis, clock } = dependencies
  return {
    async find(user: UserRef, provider: ProviderId): Promise<ConnectionRecord | undefined> {
      const fields = await redis.hgetall(connectionKey(user, provider))
      return ConnectionRecord.safeParse(fields).data
    },

    async connected(
      user: UserRef,
      provider: ProviderId,
      scopes: readonly string[],
      account: string | undefined,
    ): Promise<void> {
      await redis.hset(connectionKey(user, provider), {
        status: 'connected',
        scopes: scopes.join(' '),
        connectedAt: String(clock()),
        ...(account === undefined ? {} : { account }),
      })
    },

    async needsReauthorization(user: UserRef, provider: ProviderId): Promise<void> {
      const key = connectionKey(user, provider)
      if (await redis.exists(key)) await redis.hset(key, { status: 'needs_reauthorization' })
    },
  }
}

export type Connections = ReturnType<typeof createConnections>
