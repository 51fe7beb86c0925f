import {
  ConnectionRecord,
  connectionKey,
  type KeyRing,
  PLACES,
  type ProviderId,
  type UserRef,
} from '@agent-identity/contracts'
import {
  type Clock,
  createSealedRecord,
  type Logger,
  type RedisClient,
  runScript,
} from '@agent-identity/service-runtime'

/** KEYS: connection. ARGV: the record to write, and the one that was read; without the latter it is overwritten. */
const WRITE = `
if ARGV[2] and redis.call('HGET', KEYS[1], 'record') ~= ARGV[2] then return 'changed' end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'record', ARGV[1])
return 'written'
`

/**
 * Our own record of the user's connections, because AgentCore has no list. Sealed as a whole: its scopes decide what is requested, and the account is
 * a person's name. A record that does not open counts as not connected, which costs one call to AgentCore.
 */
export function createConnections(dependencies: {
  redis: RedisClient
  connectionKeys: KeyRing
  clock: Clock
  log: Logger
}) {
  const { redis, connectionKeys, clock, log } = dependencies
  const sealed = createSealedRecord(connectionKeys, 'connection', ConnectionRecord, log)

  async function read(user: UserRef, provider: ProviderId) {
    const stored = await redis.hget(connectionKey(user, provider), 'record')
    if (stored === null) return undefined
    const record = sealed.open(stored, PLACES.connection(user, provider))
    return record && { stored, record }
  }

  const write = (user: UserRef, provider: ProviderId, record: ConnectionRecord, seen: string[]) =>
    runScript(
      redis,
      WRITE,
      [connectionKey(user, provider)],
      [sealed.seal(record, PLACES.connection(user, provider)), ...seen],
    )

  return {
    find: async (user: UserRef, provider: ProviderId): Promise<ConnectionRecord | undefined> =>
      (await read(user, provider))?.record,

    /** Connected again without a known account, possibly another one: the previous name could be wrong. */
    async connected(
      user: UserRef,
      provider: ProviderId,
      scopes: readonly string[],
      account: string | undefined,
    ): Promise<void> {
      const record = {
        status: 'connected',
        scopes: scopes.join(' '),
        connectedAt: clock(),
        ...(account === undefined ? {} : { account }),
      } as const
      await write(user, provider, record, [])
    },

    async needsReauthorization(user: UserRef, provider: ProviderId): Promise<void> {
      const found = await read(user, provider)
      if (!found) return
      // Connected in the meantime: that state is newer.
      await write(user, provider, { ...found.record, status: 'needs_reauthorization' }, [found.stored])
    },
  }
}

export type Connections = ReturnType<typeof createConnections>
