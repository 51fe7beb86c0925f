import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { NODE_FLAGS } from '@agent-identity/contracts'
import { exchange } from './http-browser.ts'
import type { Service, Stack } from './stack.ts'

export interface ServiceProcess {
  url: string
  pid: number
  /** All that it has logged. */
  log(): string
  stop(): Promise<void>
}

/** Nothing of these reaches the stack's own replicas: keys and streams are a database's, not a server's. */
let databases = 1
export const ownDatabase = (stack: Stack): string => `${stack.redis}/${databases++}`

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  return port
}

/**
 * One more replica of a service, the program as the stack starts it, with some variables changed: other keys, another
 * issuer. It must have a Redis database of its own wherever it could not do the work of the stack's replicas.
 */
export async function startService(
  stack: Stack,
  service: Service,
  variables: Readonly<Record<string, string>>,
): Promise<ServiceProcess> {
  const port = Number(variables.PORT ?? (await freePort()))
  const main = fileURLToPath(new URL(`../../services/${service}/src/main.ts`, import.meta.url))
  const env = { PATH: process.env.PATH, ...stack.environments[service], ...variables, PORT: String(port) }
  const child = spawn(process.execPath, [...NODE_FLAGS[service], main], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      log += chunk
    })
  const url = `http://127.0.0.1:${port}`
  await ready(child, url, () => log)
  if (child.pid === undefined) throw new Error(`${service} has no process`)
  return { url, pid: child.pid, log: () => log, stop: () => stop(child) }
}

async function ready(child: ChildProcess, url: string, log: () => string): Promise<void> {
  const address = new URL('/readyz', url)
  for (const deadline = Date.now() + 60_000; ; ) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`It does not start:\n${log()}`)
    const answer = await exchange(address, 'GET', { host: address.host }).catch(() => undefined)
    if (answer?.status === 200) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}
