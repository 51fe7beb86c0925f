import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { WITH_STAND_IN } from '@agent-identity/providers/stand-ins'
import { LocalStackError } from './local-stack-error.ts'

export interface Ports {
  app: number
  signIn: number
  agentcoreIdentity: number
  vendors: readonly number[]
}

export const PORT_COUNT = 3 + WITH_STAND_IN.length

/** Below the default ephemeral ports of Linux and macOS. */
const FREE_FROM = { first: 20_000, last: 32_000 }

/** @param first the app's port; 0 chooses free ones. */
export async function assignPorts(first: number): Promise<Ports> {
  if (first === 0) return chooseFreePorts()
  const ports = portsFrom(first)
  for (const port of allOf(ports)) {
    const obstacle = await obstacleAt(port, ports)
    if (obstacle === 'EACCES')
      throw new LocalStackError(
        `Only the superuser may use port ${port}: choose ${PORT_COUNT} consecutive ports from 1024 on with --port.`,
      )
    if (obstacle)
      throw new LocalStackError(
        `Port ${port} is in use: stop what uses it, or choose ${PORT_COUNT} other consecutive ports with --port.`,
      )
  }
  return ports
}

/** Another program may take a port after `assignPorts` found it free. */
export function explainTakenPort(error: unknown): unknown {
  const { code, port } = Object(error) as { code?: string; port?: number }
  if (code !== 'EADDRINUSE') return error
  return new LocalStackError(`Port ${port} was taken during the start: start again, or choose other ports with --port.`)
}

async function chooseFreePorts(): Promise<Ports> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    // A multiple of PORT_COUNT: two stacks of one version that choose free ports have all ports in common, or none. If both choose the same ports
    // at once, the later stack fails at the app's port, which is bound first.
    const multiple = (port: number) => Math.floor(port / PORT_COUNT)
    const ports = portsFrom(randomInt(multiple(FREE_FROM.first), multiple(FREE_FROM.last)) * PORT_COUNT)
    const obstacles = await Promise.all(allOf(ports).map((port) => obstacleAt(port, ports)))
    if (obstacles.every((obstacle) => obstacle === undefined)) return ports
  }
  throw new LocalStackError(`There are no ${PORT_COUNT} consecutive free ports: choose some with --port.`)
}

const portsFrom = (first: number): Ports => ({
  app: first,
  signIn: first + 1,
  agentcoreIdentity: first + 2,
  vendors: WITH_STAND_IN.map((_id, index) => first + 3 + index),
})

const allOf = ({ app, signIn, agentcoreIdentity, vendors }: Ports) => [app, signIn, agentcoreIdentity, ...vendors]

/** The app listens on both addresses of `localhost`. */
async function obstacleAt(port: number, { app }: Ports): Promise<string | undefined> {
  const onIpv4 = await obstacleOn('127.0.0.1', port)
  if (onIpv4 || port !== app) return onIpv4
  const onIpv6 = await obstacleOn('::1', port)
  return onIpv6 && WITHOUT_IPV6.includes(onIpv6) ? undefined : onIpv6
}

const WITHOUT_IPV6 = ['EADDRNOTAVAIL', 'EAFNOSUPPORT']

/** @returns the error's code; undefined when the port is free */
function obstacleOn(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code ?? 'unknown'))
    server.listen(port, host, () => server.close(() => resolve(undefined)))
  })
}

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
