import { connect, type Socket } from 'node:net'
import { connect as connectSecurely } from 'node:tls'
import { AbstractConnector, Cluster, Redis, type RedisOptions } from 'ioredis'
import type { Logger } from './logger.ts'
import { adaptNode } from './redis-cluster-node.ts'

export type RedisClient = Redis | Cluster

export interface RedisSettings {
  REDIS_URL: string
  REDIS_USERNAME?: string | undefined
  REDIS_PASSWORD?: string | undefined
  REDIS_TOPOLOGY: 'single' | 'cluster'
  REDIS_COMMAND_TIMEOUT_MS?: number | undefined
}

/** Timeout of a command of a `commands` client, in milliseconds, unless `REDIS_COMMAND_TIMEOUT_MS` is set. */
export const COMMAND_TIMEOUT_MS = 2_000

/**
 * A connection that waits for a reply and receives nothing for this long, in milliseconds, is closed: the peer may be gone, and TCP would
 * retry for a quarter of an hour. A blocking read must wait for less. In a `commands` client the oldest pending command times out before.
 */
const silenceOf = (purpose: 'commands' | 'blocking', commandMs: number) =>
  purpose === 'blocking' ? 8_000 : commandMs + 3_000

/** TCP probes begin when a connection has been idle for this long. */
const KEEP_ALIVE_MS = 10_000

/** A subscriber sends pings. TCP keep-alive is not enough: while Redis hangs, the kernel of its machine still answers TCP probes. */
const SUBSCRIBER = { heartbeatMs: 5_000, silenceMs: 5_000 } as const

/**
 * Reconnects until `disconnect` is called. While a connection is lost, commands fail instead of being queued; in a cluster a
 * command may wait for a connection to its node.
 *
 * A command that has failed here may have been executed, or may be executed later. One that may have been executed is not sent again.
 */
export function connectRedis(
  settings: RedisSettings,
  purpose: 'commands' | 'blocking',
  log: Logger,
  timeouts: { commandMs?: number; silenceMs?: number } = {},
): RedisClient {
  const { commandMs = settings.REDIS_COMMAND_TIMEOUT_MS ?? COMMAND_TIMEOUT_MS } = timeouts
  const { silenceMs = silenceOf(purpose, commandMs) } = timeouts
  const { host, port, database, options } = connectionOptions(settings)
  const lasting: RedisOptions = {
    ...options,
    ...(purpose === 'commands' ? { commandTimeout: commandMs } : {}),
    socketTimeout: silenceMs,
  }
  const client =
    settings.REDIS_TOPOLOGY === 'cluster'
      ? new Cluster([{ host, port }], {
          redisOptions: lasting,
          enableOfflineQueue: false,
          clusterRetryStrategy: retryDelay,
          dnsLookup: (address, callback) => callback(null, address),
        })
      : new Redis({ ...lasting, host, port, db: database })
  if (client instanceof Redis) writeOnceATurn(client)
  else
    client.on('+node', (node: Redis) => {
      writeOnceATurn(node)
      adaptNode(node)
      node.on('close', () => forgetSilence(node))
    })
  return watched(client, purpose, log)
}

/** A system call for each command is costly. `enableAutoPipelining` would make one pipeline of them: no result would come before the last reply. */
function writeOnceATurn(node: Redis): void {
  const send = node.sendCommand.bind(node)
  let corked: Redis['stream'] | undefined
  node.sendCommand = (...command) => {
    const { stream } = node
    if (stream && stream !== corked) {
      corked = stream
      stream.cork()
      setImmediate(() => {
        if (corked === stream) corked = undefined
        stream.uncork()
      })
    }
    return send(...command)
  }
}

/**
 * The connection emits `ready` after every reconnect: its users then subscribe again ({@link wheneverReady}). ioredis' own cluster
 * subscriber reconnects without an event: its users would not know that they missed messages.
 *
 * @param commands knows the nodes of the cluster.
 */
export function connectSubscriber(
  settings: RedisSettings,
  commands: RedisClient,
  log: Logger,
  { heartbeatMs, silenceMs }: { heartbeatMs: number; silenceMs: number } = SUBSCRIBER,
): Redis {
  const { host, port, database, options: common } = connectionOptions(settings)
  // ioredis does not handle the rejection of a renewed subscription, which would end the process.
  const options = { ...common, socketTimeout: silenceMs, autoResubscribe: false }
  const nodes = () => (commands instanceof Cluster ? commands.nodes().map((node) => node.options) : [])
  const client =
    settings.REDIS_TOPOLOGY === 'cluster'
      ? new Redis({ ...options, Connector: connectorToAnyOf({ host, port }, nodes) })
      : new Redis({ ...options, host, port, db: database })
  const heartbeat = setInterval(() => void client.ping().catch(() => undefined), heartbeatMs)
  // A client that is disconnected while it waits to reconnect emits no `end`.
  heartbeat.unref()
  client.on('end', () => clearInterval(heartbeat))
  return watched(client, 'subscriptions', log)
}

const retryDelay = (attempt: number) => Math.min(50 * 2 ** attempt, 2_000)

function connectionOptions(settings: RedisSettings) {
  const url = new URL(settings.REDIS_URL)
  const options: RedisOptions = {
    username: settings.REDIS_USERNAME ?? decodeURIComponent(url.username),
    password: settings.REDIS_PASSWORD ?? decodeURIComponent(url.password),
    ...(url.protocol === 'rediss:' ? { tls: { servername: url.hostname } } : {}),
    connectTimeout: 5_000,
    disconnectTimeout: 100,
    enableOfflineQueue: false,
    // With the next option alone, ioredis could drop a blocking read of a broken connection without an answer.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    keepAlive: KEEP_ALIVE_MS,
    retryStrategy: retryDelay,
    // After a failover the old master answers READONLY.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  }
  return { host: url.hostname, port: Number(url.port || 6379), database: Number(url.pathname.slice(1) || 0), options }
}

interface Node {
  host?: string | undefined
  port?: number | undefined
}

/** Connects to the configured address first. Each later attempt takes the next address, of the configured one and the known nodes. */
function connectorToAnyOf(first: Node, nodes: () => Node[]) {
  let attempts = 0
  return class extends AbstractConnector {
    private readonly tls: object | undefined

    constructor(options: unknown) {
      const { disconnectTimeout, tls } = options as { disconnectTimeout: number; tls?: object }
      super(disconnectTimeout)
      this.tls = tls
    }

    override async connect(): Promise<Socket> {
      this.connecting = true
      const known = [first, ...nodes()]
      const { host = '', port = 0 } = known[attempts++ % known.length] ?? first
      const stream = this.tls ? connectSecurely({ host, port, ...this.tls }) : connect({ host, port })
      stream.once('error', (error) => {
        this.firstError = error
      })
      this.stream = stream
      return stream
    }
  }
}

function watched<Client extends RedisClient>(client: Client, purpose: string, log: Logger): Client {
  if (client instanceof Redis) client.on('close', () => forgetSilence(client))
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

/** ioredis 5.11 keeps the timer of a broken connection, which would close the next one, or keep the process alive. */
function forgetSilence(client: Redis): void {
  const timed = client as unknown as { socketTimeoutTimer?: NodeJS.Timeout | undefined }
  clearTimeout(timed.socketTimeoutTimer)
  timed.socketTimeoutTimer = undefined
}

export async function redisReady(client: RedisClient): Promise<void> {
  if (client.status === 'ready') return
  await new Promise<void>((resolve) => client.once('ready', () => resolve()))
}

/** Runs `action` at every `ready`, and now if the client is ready. */
export function wheneverReady(client: RedisClient, action: () => Promise<unknown>): void {
  // A failure counts as a connection that was lost again: `ready` comes again.
  const run = () => void action().catch(() => undefined)
  client.on('ready', run)
  if (client.status === 'ready') run()
}

/** Runs `action` now or at the next `ready`, until it has succeeded once. */
export function whenReady(client: RedisClient, action: () => Promise<unknown>): void {
  const run = () => void action().catch(() => client.once('ready', run))
  if (client.status === 'ready') run()
  else client.once('ready', run)
}
