import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { isRedisAway } from './error-handler.ts'
import { createLogger } from './logger.ts'
import { connectRedis, redisReady } from './redis-client.ts'

const stops: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

const bulk = (text: string) => `$${text.length}\r\n${text}\r\n`

/** First slot, last slot, master, replica. */
type Slots = [first: number, last: number, ...nodes: number[]]
const HALVES: Slots[] = [
  [0, 8_191, 0],
  [8_192, 16_383, 1],
]

const PATIENT = { commandMs: 60_000, silenceMs: 60_000 }

/** Without `commandMs`: commands have the product's timeout. */
const PRODUCT = { silenceMs: PATIENT.silenceMs }

/** Two nodes that answer what a client asks when it connects, and everything else as the test says. */
async function connectToCluster(
  shape: { slots: Slots[] },
  answer: (command: string, node: number, socket: Socket) => string,
  timeouts: Parameters<typeof connectRedis>[3] = PATIENT,
) {
  const received: string[][] = [[], []]
  const ports: number[] = []
  const address = (node: number) => `*2\r\n${bulk('127.0.0.1')}:${ports[node]}\r\n`
  const slots = () =>
    shape.slots.map(
      ([first, last, ...nodes]) => `*${2 + nodes.length}\r\n:${first}\r\n:${last}\r\n${nodes.map(address).join('')}`,
    )
  const replyTo = (command: string, node: number, socket: Socket) => {
    if (/slots/.test(command)) return `*${shape.slots.length}\r\n${slots().join('')}`
    return /info|client/.test(command) ? bulk('cluster_state:ok') : answer(command, node, socket)
  }
  const servers = received.map((names, node) =>
    createServer((socket) => {
      stops.push(() => socket.destroy())
      socket.on('error', () => undefined)
      socket.on('data', (data) => {
        for (const command of data
          .toString()
          .toLowerCase()
          .split(/(?=\*\d+\r\n)/)) {
          names.push(command.split('\r\n')[2] ?? '')
          const reply = replyTo(command, node, socket)
          if (socket.writable) socket.write(reply)
        }
      })
    }),
  )
  for (const server of servers) {
    await once(server.listen(0, '127.0.0.1'), 'listening')
    stops.push(() => server.close())
    ports.push((server.address() as AddressInfo).port)
  }
  const log = createLogger({ service: 'test', level: 'silent' })
  const settings = { REDIS_URL: `redis://127.0.0.1:${ports[0]}`, REDIS_TOPOLOGY: 'cluster' } as const
  const client = connectRedis(settings, 'commands', log, timeouts)
  stops.unshift(() => client.disconnect())
  await redisReady(client)
  return { client, received, ports, servers }
}

const twenty: readonly string[] = Array.from({ length: 20 }, (_, n) => `key-${n}`)
const pause = () => new Promise((resolve) => setTimeout(resolve, 20))

describe('a client of a cluster', () => {
  test('gives no node a command again whose connection was closed in place of an answer: it fails', async () => {
    const { client, received } = await connectToCluster({ slots: HALVES }, (command, _node, socket) => {
      if (command.includes('incr')) socket.destroy()
      return bulk('value')
    })
    const error = await client.incr('counted').catch((reason: unknown) => reason)
    expect(isRedisAway(error)).toBe(true)
    while (!(await client.get('counted').catch(() => null))) await pause()
    expect(received.flat().filter((name) => name === 'incr')).toHaveLength(1)
  })

  test('does not send a command when its connection closes after it has timed out', async () => {
    const asked: Socket[] = []
    const { client, received } = await connectToCluster(
      { slots: HALVES },
      (command, _node, socket) => {
        if (!command.includes('incr')) return bulk('value')
        asked.push(socket)
        return ''
      },
      PRODUCT,
    )
    const error = await client.incr('counted').catch((reason: unknown) => reason)
    expect(error).toMatchObject({ message: 'Command timed out' })
    for (const socket of asked) socket.destroy()
    // ioredis would send the command again after 100 ms.
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(received.flat().filter((name) => name === 'incr')).toHaveLength(1)
  })

  test('does not send a command that has timed out while it waited for a connection', async () => {
    const { client, received, servers, ports } = await connectToCluster(
      { slots: HALVES },
      (command, node, socket) => {
        if (node === 0 && command.includes('incr')) return `-MOVED 0 127.0.0.1:${ports[1]}\r\n`
        if (node === 1) socket.destroy()
        return bulk('value')
      },
      PRODUCT,
    )
    // The connection to the second node is lost, and the next one is silent.
    while (!received[1]?.includes('get')) await client.get(`key-${received[0]?.length}`).catch(() => undefined)
    const silent: Socket[] = []
    servers[1]?.on('connection', (socket: Socket) => silent.push(socket.pause()))
    const error = await client.incr('counted').catch((reason: unknown) => reason)
    expect(error).toMatchObject({ message: 'Command timed out' })
    for (const socket of silent) socket.resume()
    // What waited would be sent now.
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(received[1]).not.toContain('incr')
  })

  test('fails a command whose slot moves when the next node closes the connection, and goes on', async () => {
    const { client, ports } = await connectToCluster({ slots: HALVES }, (command, node, socket) => {
      if (command.includes('asking')) socket.destroy()
      return node === 0 && command.includes('moving') ? `-ASK 0 127.0.0.1:${ports[1]}\r\n` : bulk('value')
    })
    // An unhandled rejection would fail this test.
    const names = twenty.map((name) => `moving-${name}`)
    for (const name of names) await client.get(name).catch(() => undefined)
    await pause()
    expect(await client.get('key-in-place').catch(() => client.get('key-in-place'))).toBe('value')
  })

  test('executes all commands that come at once for nodes without a connection', async () => {
    const { client } = await connectToCluster({ slots: HALVES }, () => bulk('done'))
    const answers = await Promise.all(twenty.map((name) => client.get(name)))
    expect(new Set(answers)).toEqual(new Set(['done']))
  })

  test('executes all commands that are redirected at once to a node without a connection', async () => {
    const shape: { slots: Slots[] } = { slots: [[0, 16_383, 0]] }
    const { client, ports, servers } = await connectToCluster(shape, (_command, node) =>
      node === 0 && shape.slots.length > 1 ? `-MOVED 0 127.0.0.1:${ports[1]}\r\n` : bulk('done'),
    )
    await client.get('key')
    // Longer than it takes until the last command is redirected.
    servers[1]?.on('connection', (socket) => {
      socket.pause()
      setTimeout(() => socket.resume(), 200)
    })
    shape.slots = HALVES.map(([first, last]) => [first, last, 1])
    const answers = await Promise.all(twenty.map((name) => client.get(name)))
    expect(new Set(answers)).toEqual(new Set(['done']))
  })

  test('executes a pipeline that is redirected', async () => {
    const shape: { slots: Slots[] } = { slots: [[0, 16_383, 0]] }
    const { client, ports } = await connectToCluster(shape, (_command, node) =>
      node === 0 && shape.slots.length > 1 ? `-MOVED 0 127.0.0.1:${ports[1]}\r\n` : bulk('done'),
    )
    await client.get('key')
    shape.slots = HALVES.map(([first, last]) => [first, last, 1])
    expect(await client.pipeline().get('key').get('key').exec()).toEqual([
      [null, 'done'],
      [null, 'done'],
    ])
  })

  test('does not make a replica answer reads while the master is away: it may not have the last deletion', async () => {
    const { client, received, servers } = await connectToCluster(
      { slots: [[0, 16_383, 0, 1]] },
      (_command, node, socket) => {
        if (node === 0) socket.destroy()
        return bulk('deleted at the master')
      },
    )
    servers[0]?.close()
    while (!received[1]?.includes('get')) {
      await client.get('session').catch(() => undefined)
      await pause()
    }
    expect(received[1]).not.toContain('readonly')
  })
})
