import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { LocalStackError } from './local-stack-error.ts'

/** Who listens on the five consecutive ports, first to last. */
const ON_PORT = ['app', 'signIn', 'agentcoreIdentity', 'github', 'googleCalendar'] as const

export type Ports = Record<(typeof ON_PORT)[number], number>

/** Below the range from which Linux and macOS take ports for PORT=0 and for outgoing connections. */
const FREE_FROM = { first: 20_000, last: 32_000 }

/** @param first the app's port; 0 chooses five free ones. */
export async function assignPorts(first: number): Promise<Ports> {
  if (first === 0) return chooseFreePorts()
  const ports = portsFrom(first)
  for (const port of Object.values(ports)) {
    if (!(await isFree(port)))
      throw new LocalStackError(
        `Port ${port} is in use: stop what uses it, or choose five other consecutive ports with --port.`,
      )
  }
  return ports
}

async function chooseFreePorts(): Promise<Ports> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    // A multiple of five: stacks that start at the same time collide on the app's port, which is taken first, or not at all.
    const ports = portsFrom(randomInt(FREE_FROM.first / 5, FREE_FROM.last / 5) * 5)
    const free = await Promise.all(Object.values(ports).map(isFree))
    if (free.every(Boolean)) return ports
  }
  throw new LocalStackError('There are no five consecutive free ports: choose some with --port.')
}

function portsFrom(first: number): Ports {
  return Object.fromEntries(ON_PORT.map((name, index) => [name, first + index])) as Ports
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

/** Different ones, for processes that only their parent talks to. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  const ports = await Promise.all(
    servers.map(async (server) => {
      await once(server, 'listening')
      const address = server.address()
      if (address === null || typeof address === 'string') throw new Error('A TCP server has no port')
      return address.port
    }),
  )
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
