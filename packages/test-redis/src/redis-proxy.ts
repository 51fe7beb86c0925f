import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface RedisProxy {
  url: string
  /** Delays every command. */
  delay(milliseconds: number): void
  /**
   * A partition that TCP survives.
   *
   * @param from the first command that it stops; by default it begins now.
   */
  hold(from?: RegExp): void
  /** A partition with lost data: connections stay open and never get an answer. */
  drop(from?: RegExp): void
  /** Held data arrives late and in order. Dropped data stays lost. */
  heal(): void
  stop(): Promise<void>
}

/** `abandoned`: neither end gets any more data, nor the other end's close. */
interface Connection {
  abandoned: boolean
  flow(): void
}

export async function startRedisProxy(redisUrl: string): Promise<RedisProxy> {
  const redis = { host: new URL(redisUrl).hostname, port: Number(new URL(redisUrl).port) }
  const connections = new Set<Connection>()
  const sockets = new Set<Socket>()
  let partition: 'none' | 'held' | 'dropped' = 'none'
  let planned: { partition: 'held' | 'dropped'; from: RegExp } | undefined
  let delayMs = 0

  function begin(kind: 'held' | 'dropped', from?: RegExp): void {
    planned = from && { partition: kind, from }
    if (from) return
    partition = kind
    if (kind === 'held') return
    for (const connection of connections) connection.abandoned = true
    connections.clear()
  }

  function keep(socket: Socket): Socket {
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('error', () => {})
    return socket.on('close', () => sockets.delete(socket))
  }

  const server = createServer((client) => {
    keep(client)
    if (partition === 'dropped') return void client.resume()
    const upstream = keep(connect(redis))
    const connection: Connection = {
      abandoned: false,
      flow() {
        toRedis.flow()
        toClient.flow()
      },
    }
    client.on('data', (command: Buffer) => {
      if (planned?.from.test(command.toString('latin1'))) begin(planned.partition)
    })
    const isOpen = () => !connection.abandoned && partition === 'none'
    const toRedis = direction(client, upstream, () => delayMs, isOpen)
    const toClient = direction(upstream, client, () => 0, isOpen)
    connections.add(connection)
    client.on('close', () => upstream.destroyed && connections.delete(connection))
    upstream.on('close', () => client.destroyed && connections.delete(connection))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }

  return {
    url: `redis://127.0.0.1:${port}`,
    delay(milliseconds) {
      delayMs = milliseconds
    },
    hold: (from) => begin('held', from),
    drop: (from) => begin('dropped', from),
    heal() {
      partition = 'none'
      planned = undefined
      for (const connection of connections) connection.flow()
    },
    async stop() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}

/** Passes data on in order, and then the close. */
function direction(from: Socket, to: Socket, delayMs: () => number, isOpen: () => boolean): { flow(): void } {
  const underWay: { dueAt: number; data?: Buffer }[] = []
  let timer: NodeJS.Timeout | undefined

  function flow(): void {
    clearTimeout(timer)
    while (isOpen()) {
      const [next] = underWay
      if (!next) return
      const early = next.dueAt - performance.now()
      if (early > 0) {
        timer = setTimeout(flow, early)
        return
      }
      underWay.shift()
      if (next.data) to.write(next.data)
      else to.destroy()
    }
  }

  const send = (data?: Buffer) => {
    underWay.push({ dueAt: performance.now() + delayMs(), ...(data ? { data } : {}) })
    flow()
  }
  from.on('data', send)
  from.on('close', () => send())
  return { flow }
}
