import { ConnectionRecord, connectionKey, type ProviderId, type UserRef } from '@agent-identity/contracts'
import { type Clock, type RedisClient, type Sealer, UnsealError } from '@agent-identity/service-runtime'

/**
 * Our own memory of what the user has connected; AgentCore has no list. Losing it costs a question to AgentCore. The name of
 * the account is sealed: it is a person's, and the record stays for ever.
 */
export function createConnections(dependencies: { redis: RedisClient; sealer: Sealer; clock: Clock }) {
  const { redis, sealer, clock } = dependencies
  const accountPlace = (key: string) => `${key} account`

  /** Whose key has been taken out of the ring is a name that is not known. */
  function openAccount(sealed: string | undefined, key: string): string | undefined {
    if (sealed === undefined) return undefined
    try {
      return sealer.open(sealed, accountPlace(key))
    } catch (error) {
      if (error instanceof UnsealError) return undefined
      throw error
    }
  }

  return {
    async find(user: UserRef, provider: ProviderId): Promise<ConnectionRecord | undefined> {
      const key = connectionKey(user, provider)
      const { account, ...fields } = await redis.hgetall(key)
      return ConnectionRecord.safeParse({ ...fields, account: openAccount(account, key) }).data
    },

    async connected(
      user: UserRef,
      provider: ProviderId,
      scopes: readonly string[],
      account: string | undefined,
    ): Promise<void> {
      const key = connectionKey(user, provider)
      // Connected anew, perhaps with another account: the name of the one before would be a guess.
      if (account === undefined) await redis.hdel(key, 'account')
      await redis.hset(key, {
        status: 'connected',
        scopes: scopes.join(' '),
        connectedAt: String(clock()),
        ...(account === undefined ? {} : { account: sealer.seal(account, accountPlace(key)) }),
      })
    },

    async needsReauthorization(user: UserRef, provider: ProviderId): Promise<void> {
      const key = connectionKey(user, provider)
      if (await redis.exists(key)) await redis.hset(key, { status: 'needs_reauthorization' })
    },
  }
}

export type Connections = ReturnType<typeof createConnections>
