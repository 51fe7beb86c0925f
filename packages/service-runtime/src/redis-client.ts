import { Cluster, Redis, type RedisOptions } from 'ioredis'
import type { Logger } from './logger.ts'

/** One connection to the session store, a single node or a cluster. */
export type RedisClient = Redis | Cluster

export interface RedisSettings {
  REDIS_URL: string
  REDIS_USERNAME?: string | undefined
  REDIS_PASSWORD?: string | undefined
  REDIS_TOPOLOGY: 'single' | 'cluster'
}

/** Longest time that a request waits for Redis, in milliseconds. */
const COMMAND_TIMEOUT_MS = 2_000

/**
 * Opens a connection and keeps it: reconnects for as long as the process lives, at most two seconds apart. While it is
 * away commands fail fast instead of queueing, so that requests are answered with 503 and nothing is executed late.
 *
 * @param purpose `commands` for requests, `blocking` for a stream reader or a subscriber, which may wait for long.
 */
export function connectRedis(settings: RedisSettings, purpose: 'commands' | 'blocking', log: Logger): RedisClient {
  const url = new URL(settings.REDIS_URL)
  const options: RedisOptions = {
    username: settings.REDIS_USERNAME ?? decodeURIComponent(url.username),
    password: settings.REDIS_PASSWORD ?? decodeURIComponent(url.password),
    ...(url.protocol === 'rediss:' ? { tls: { servername: url.hostname } } : {}),
    connectTimeout: 5_000,
    disconnectTimeout: 500,
    enableOfflineQueue: false,
    // A connection that breaks fails what was under way on it; ioredis would otherwise forget a blocking read, unanswered.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    ...(purpose === 'commands' ? { commandTimeout: COMMAND_TIMEOUT_MS } : {}),
    retryStrategy: (attempt) => Math.min(50 * 2 ** attempt, 2_000),
    // After a failover the old master answers READONLY: find the new one.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  }
  const host = url.hostname
  const port = Number(url.port || 6379)
  const client =
    settings.REDIS_TOPOLOGY === 'cluster'
      ? new Cluster([{ host, port }], {
          redisOptions: options,
          enableOfflineQueue: false,
          clusterRetryStrategy: (attempt) => Math.min(50 * 2 ** attempt, 2_000),
          dnsLookup: (address, callback) => callback(null, address),
        })
      : new Redis({ ...options, host, port, db: Number(url.pathname.slice(1) || 0) })

  let away = false
  client.on('error', (err) => {
    if (!away) log.warn({ err, purpose }, 'Redis is away; trying again until it is back')
    away = true
  })
  client.on('ready', () => {
    if (away) log.info({ purpose }, 'Redis is back')
    away = false
  })
  return client
}

/** Resolves once the connection can take commands. */
export async function redisReady(client: RedisClient): Promise<void> {
  if (client.status === 'ready') return
  await new Promise<void>((resolve) => client.once('ready', () => resolve()))
}

/** Runs `action` now, or as soon as the connection can take commands; for subscriptions, which ioredis then renews itself. */
export function whenReady(client: RedisClient, action: () => Promise<unknown>): void {
  // A failure here is a connection lost again; the client reports it and the next `ready` resubscribes.
  const run = () => void action().catch(() => client.once('ready', run))
  if (client.status === 'ready') run()
  else client.once('ready', run)
}
