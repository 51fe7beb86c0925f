import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis, type RedisOptions } from 'ioredis'
import { freePorts } from '../../support/service-process.ts'
import { until } from '../../support/until.ts'

export interface RedisServer {
  port: number
  /** With all permissions. */
  admin: Redis
  signal(signal: NodeJS.Signals): Promise<void>
  /** At the same address: with its data, if it writes to disk, or empty. */
  restart(left: 'kept' | 'emptied'): Promise<void>
  stop(): Promise<void>
}

/** Every write is on disk before its answer. */
export const PERSISTENT = ['appendonly yes', 'appendfsync always'] as const

/** By default without persistence. */
export async function startRedisServer(
  configuration: readonly string[] = [],
  admin: RedisOptions = {},
  port?: number,
): Promise<RedisServer> {
  const directory = await mkdtemp(join(tmpdir(), 'agent-identity-redis-'))
  const [address = 0] = port === undefined ? await freePorts(1) : [port]
  const common = ['bind 127.0.0.1', 'save ""', 'appendonly no', `dir ${directory}`]
  const plain = admin.tls ? [] : [`port ${address}`]
  const lines = [...common, ...plain, ...configuration].join('\n')
  const client = new Redis({
    host: '127.0.0.1',
    port: address,
    retryStrategy: () => 20,
    maxRetriesPerRequest: null,
    // The default timeout kept the test process alive.
    disconnectTimeout: 50,
    ...admin,
  })
  client.on('error', () => {})
  let server: ChildProcess
  async function start(): Promise<void> {
    // Retried while another process uses the port.
    do server = await spawnServer(lines)
    while (!(await answers(client, server)))
  }
  await start()
  return {
    port: address,
    admin: client,
    signal: (signal) => end(server, signal),
    async restart(left) {
      await end(server, 'SIGKILL')
      if (left === 'emptied') await rm(join(directory, 'appendonlydir'), { recursive: true, force: true })
      await start()
    },
    async stop() {
      client.disconnect()
      await end(server, 'SIGKILL')
      await rm(directory, { recursive: true, force: true })
    },
  }
}

async function spawnServer(configuration: string) {
  const server = spawn('redis-server', ['-'], { stdio: ['pipe', 'ignore', 'ignore'] })
  server.stdin.end(configuration)
  await once(server, 'spawn')
  return server
}

/** Whether this server answers, and not another one on the same port. */
async function answers(client: Redis, server: ChildProcess): Promise<boolean> {
  const exited = once(server, 'exit').then(() => '')
  const information = await Promise.race([client.info('server'), exited])
  return information.includes(`process_id:${server.pid}\r\n`)
}

async function end(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const ended = once(server, 'exit')
  server.kill(signal)
  await ended
}

const MASTERS = 3
const SLOTS = 16_384
/** Longer than a busy machine's pauses: only a master that was killed is replaced. */
const NODE_TIMEOUT_MS = 10_000

export interface RedisCluster {
  /** The work queue's master: when it dies, the configured address is useless. */
  url: string
  nodes: readonly RedisServer[]
  /** Kills the key's master, and waits until a replica has taken its slots and the other nodes know that. */
  failOver(key: string): Promise<void>
  stop(): Promise<void>
}

export async function startRedisCluster(): Promise<RedisCluster> {
  const ports = await freePorts(4 * MASTERS)
  const nodes = await Promise.all(
    Array.from({ length: 2 * MASTERS }, (_, n) =>
      startRedisServer(
        [
          'cluster-enabled yes',
          `cluster-port ${ports[2 * n]}`,
          `cluster-node-timeout ${NODE_TIMEOUT_MS}`,
          'repl-diskless-sync-delay 0',
        ],
        {},
        ports[2 * n + 1],
      ),
    ),
  )
  const stop = () => Promise.all(nodes.map((node) => node.stop())).then(() => undefined)
  try {
    await form(nodes)
  } catch (error) {
    await stop()
    throw error
  }
  const [first] = nodes as [RedisServer]
  const [, , third] = nodes as [RedisServer, RedisServer, RedisServer]
  const url = `redis://127.0.0.1:${third.port}`
  return {
    url,
    nodes,
    stop,
    async failOver(key) {
      const slot = Number(await first.admin.cluster('KEYSLOT', key))
      const n = Math.floor((slot * MASTERS) / SLOTS)
      const [master, replica] = [nodes[n], nodes[n + MASTERS]] as [RedisServer, RedisServer]
      // A failover loses what the replica does not have yet.
      const written = Number(((await master.admin.call('ROLE')) as unknown[])[1])
      await until(async () => Number(((await replica.admin.call('ROLE')) as unknown[])[4]) >= written)
      await master.signal('SIGKILL')
      await until(async () => ((await replica.admin.call('ROLE')) as [string])[0] === 'master')
      await everyone(
        nodes.filter((node) => node !== master),
        isWhole,
      )
    },
  }
}

async function form(nodes: readonly RedisServer[]): Promise<void> {
  const masters = nodes.slice(0, MASTERS)
  const [first, ...others] = nodes as [RedisServer, ...RedisServer[]]
  const bus = async (node: RedisServer) => ((await node.admin.config('GET', 'cluster-port')) as string[])[1] ?? ''
  for (const [n, { admin }] of masters.entries()) await admin.cluster('ADDSLOTSRANGE', slotOf(n), slotOf(n + 1) - 1)
  for (const other of others) await first.admin.call('CLUSTER', 'MEET', '127.0.0.1', other.port, await bus(other))
  await everyone(nodes, (info) => info.includes(`cluster_known_nodes:${nodes.length}`))
  for (const [n, { admin }] of nodes.slice(MASTERS).entries()) {
    const id = String(await (masters[n] as RedisServer).admin.cluster('MYID'))
    await until(async () =>
      admin.cluster('REPLICATE', id).then(
        () => true,
        () => false,
      ),
    )
  }
  await everyone(nodes, isWhole)
  for (const { admin } of nodes.slice(MASTERS))
    await until(async () => (await admin.info('replication')).includes('master_link_status:up'))
}

const slotOf = (n: number) => Math.ceil((n * SLOTS) / MASTERS)
const isWhole = (info: string) => info.includes('cluster_state:ok') && info.includes(`cluster_slots_ok:${SLOTS}`)
const everyone = (nodes: readonly RedisServer[], says: (info: string) => boolean) =>
  Promise.all(nodes.map(({ admin }) => until(async () => says(String(await admin.cluster('INFO'))))))
