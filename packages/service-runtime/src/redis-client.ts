import { connect, type Socket } from 'node:net'
import { connect as connectSecurely } from 'node:tls'
import { AbstractConnector, Cluster, Redis, type RedisOptions } from 'ioredis'
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
 * A connection that owes an answer for so long is given up, in milliseconds: the other end is gone without a word, and TCP
 * would try for a quarter of an hour. A read that waits in Redis is answered within 5 s.
 */
const SILENCE_MS = { commands: 5_000, blocking: 8_000 } as const

/** The same for a connection that owes none: when the system asks whether anybody is there. */
const KEEP_ALIVE_MS = 10_000

/**
 * A subscriber owes no answer, and nothing comes for long: it is asked for one every so often, and given up when it stays
 * silent. The system's own question is answered by whatever holds the connection open, a Redis that hangs among them; nobody
 * would hear of anything any more, and nobody would know.
 */
const SUBSCRIBER = { heartbeatMs: 5_000, silenceMs: 5_000 } as const

/**
 * Opens a connection and keeps it: reconnects for as long as the process lives, at most two seconds apart. While it is
 * away commands fail fast instead of queueing, so that requests are answered with 503 and nothing is executed late.
 *
 * @param purpose `commands` for requests, `blocking` for a stream reader, which may wait for long.
 */
export function connectRedis(settings: RedisSettings, purpose: 'commands' | 'blocking', log: Logger): RedisClient {
  const { host, port, database, options } = connectionOptions(settings)
  const lasting: RedisOptions = {
    ...options,
    ...(purpose === 'commands' ? { commandTimeout: COMMAND_TIMEOUT_MS } : {}),
    socketTimeout: SILENCE_MS[purpose],
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
  else client.on('+node', writeOnceATurn)
  return watched(client, purpose, log)
}

/**
 * A system call for each command is among the dearest things that a request does. What the requests of one turn of the event
 * loop send goes out as the turn ends, in one. To ioredis they stay commands of their own, with an answer or an error each,
 * which its own `enableAutoPipelining` would put together.
 */
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
 * A connection for subscriptions, which says `ready` whenever it is there again. In a cluster any node serves, and the next
 * one when that is gone: ioredis' own subscriber of a cluster does the same without saying so, and nobody would look for
 * what was published in between.
 *
 * Subscriptions are renewed by who has them: {@link wheneverReady}.
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
  // ioredis tries to renew subscriptions once and throws where nobody catches when that fails, which would end the process.
  const options = { ...common, socketTimeout: silenceMs, autoResubscribe: false }
  const nodes = () => (commands instanceof Cluster ? commands.nodes().map((node) => node.options) : [])
  const client =
    settings.REDIS_TOPOLOGY === 'cluster'
      ? new Redis({ ...options, Connector: connectorToAnyOf({ host, port }, nodes) })
      : new Redis({ ...options, host, port, db: database })
  const heartbeat = setInterval(() => void client.ping().catch(() => undefined), heartbeatMs)
  // A connection that is given up before it was ever made says no `end`.
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
    // A connection that breaks fails what was under way on it; ioredis would otherwise forget a blocking read, unanswered.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    keepAlive: KEEP_ALIVE_MS,
    retryStrategy: retryDelay,
    // After a failover the old master answers READONLY: find the new one.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  }
  return { host: url.hostname, port: Number(url.port || 6379), database: Number(url.pathname.slice(1) || 0), options }
}

interface Node {
  host?: string | undefined
  port?: number | undefined
}

/** The address of the settings first, then the nodes that are known, in turn. */
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
  // The nodes of a cluster are not connected again: new ones take their places.
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

/** ioredis 5.11 leaves the timer of a connection that broke running, and it would break the next one for the same silence. */
function forgetSilence(client: Redis): void {
  const timed = client as unknown as { socketTimeoutTimer?: NodeJS.Timeout | undefined }
  clearTimeout(timed.socketTimeoutTimer)
  timed.socketTimeoutTimer = undefined
}

/** Resolves once the connection can take commands. */
export async function redisReady(client: RedisClient): Promise<void> {
  if (client.status === 'ready') return
  await new Promise<void>((resolve) => client.once('ready', () => resolve()))
}

/** Runs `action` now and whenever there is a new connection: subscriptions are a connection's own. */
export function wheneverReady(client: RedisClient, action: () => Promise<unknown>): void {
  // A failure is that connection lost again: the next one is another chance.
  const run = () => void action().catch(() => undefined)
  client.on('ready', run)
  if (client.status === 'ready') run()
}

/** Runs `action` now, or as soon as the connection can take commands. */
export function whenReady(client: RedisClient, action: () => Promise<unknown>): void {
  // A failure here is a connection lost again; the client reports it and the next `ready` tries again.
  const run = () => void action().catch(() => client.once('ready', run))
  if (client.status === 'ready') run()
  else client.once('ready', run)
}
