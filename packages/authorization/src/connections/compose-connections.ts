import {
  type AgentWorkloadEnvironment,
  CONNECTION_CHANGED_CHANNEL,
  ConnectionsAt,
  connectionsKey,
  connectionsOf,
  DUE_KEY,
  type DueId,
  dueId,
  type KeyRing,
  type ProviderId,
  parseConnectionsOf,
  type UserRef,
} from '@agent-identity/contracts'
import {
  type Audit,
  type Clock,
  type Logger,
  type RedisClient,
  subscribeToSettlements,
  wheneverReady,
} from '@agent-identity/service-runtime'
import { createDueSet } from '../due-set.ts'
import { createLedger } from '../ledger.ts'
import { createCalls } from './calls.ts'
import { createConnections } from './connections.ts'
import { createConnectionUses } from './uses.ts'

/** With `CONNECTION_KEYS` the MCP server can read connections, and cannot open turns. */
export const connectionKeysOf = (config: Pick<AgentWorkloadEnvironment, 'CONNECTION_KEYS' | 'TURN_KEYS'>): KeyRing =>
  config.CONNECTION_KEYS ?? config.TURN_KEYS

/** The pointers of users, calls with them, and news of their changes. The MCP server has them, too, and only reads the pointers. */
export function composeConnections(dependencies: {
  redis: RedisClient
  subscriber: RedisClient
  connectionKeys: KeyRing
  audit: Audit
  clock: Clock
  log: Logger
}) {
  const { redis, subscriber, connectionKeys, audit, clock, log } = dependencies
  const due = createDueSet<DueId>(redis, DUE_KEY)
  const tellChanged = async (user: UserRef, provider: ProviderId) => {
    await redis.publish(CONNECTION_CHANGED_CHANNEL, connectionsOf(user, provider))
  }
  const connections = createConnections({
    ledger: createLedger({
      redis,
      keys: connectionKeys,
      purpose: 'connections',
      schema: ConnectionsAt,
      key: connectionsKey as (owner: string, id: string) => string,
      clock,
      log,
    }),
    look: (user, provider, at) => due.lookAt(dueId.left(user, provider), at),
    tellChanged,
    audit,
    clock,
  })
  const uses = createConnectionUses({ redis, connectionKeys, clock, log })
  const calls = createCalls({ connections, uses, onFailure: (err, what) => log.warn({ err }, what) })
  const news = subscribeToSettlements(subscriber, CONNECTION_CHANGED_CHANNEL)
  subscriber.on('message', (channel: string, message: string) => {
    const of = channel === CONNECTION_CHANGED_CHANNEL ? parseConnectionsOf(message) : undefined
    if (of) void calls.compare(of.user, of.provider)
  })
  // Messages may have been lost while the connection was away.
  wheneverReady(subscriber, calls.compareAll)

  return {
    connections,
    uses,
    calls,
    tellChanged,
    /** Reads at once, and after each change of the user's connections there, until `isUnderWay` is false or the time is over. */
    untilChanged: <Value>(
      user: UserRef,
      provider: ProviderId,
      read: () => Promise<Value>,
      isUnderWay: (value: Value) => boolean,
      limits: { waitMs: number; signal?: AbortSignal },
    ) => news.next(connectionsOf(user, provider), read, isUnderWay, limits),
  }
}
