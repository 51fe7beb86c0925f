import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { NODE_FLAGS } from '@agent-identity/contracts'
import { exchange } from './http-browser.ts'
import { PATIENCE_MS } from './patience.ts'
import type { Service, Stack } from './stack.ts'
import { STACKS_FILE_VARIABLE } from './stacks-file.ts'

export interface ServiceProcess {
  url: string
  pid: number
  log(): string
  /** Its exit code, or the signal that ended it. */
  ended(): Promise<number | NodeJS.Signals>
  stop(): Promise<void>
}

/** A database that nothing else in this run uses. Files mark the taken ones: each test file has its own copies of the modules. */
export function ownDatabase(stack: Stack): string {
  const taken = process.env[STACKS_FILE_VARIABLE]
  for (let database = 1; database < DATABASES; database++)
    if (take(`${taken}.worker-${process.env.JEST_WORKER_ID ?? '1'}.database-${database}`))
      return `${stack.redis}/${database}`
  throw new Error(`Redis has ${DATABASES} databases, and the tests of this worker have taken all of them`)
}

/** Redis' own default. */
const DATABASES = 16

/** The file's folder is removed at the end of the run. */
function take(file: string): boolean {
  try {
    writeFileSync(file, '', { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Another process may take a port before it is used. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => server.listening || once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}

/** A replica that cannot do the work of the stack's replicas needs its own Redis database. */
export async function startService(
  stack: Stack,
  service: Service,
  variables: Readonly<Record<string, string>>,
): Promise<ServiceProcess> {
  for (const deadline = Date.now() + PATIENCE_MS; ; ) {
    const [port = 0] = variables.PORT ? [Number(variables.PORT)] : await freePorts(1)
    const process = run(stack, service, { ...variables, PORT: String(port) })
    if (await ready(process, deadline)) return process
    await process.stop()
    const portIsTaken = process.log().includes('EADDRINUSE')
    if (!portIsTaken || Date.now() > deadline) throw new Error(`It does not start:\n${process.log()}`)
  }
}

function run(stack: Stack, service: Service, variables: Readonly<Record<string, string>>) {
  const main = fileURLToPath(new URL(`../../services/${service}/src/main.ts`, import.meta.url))
  const { PATH, NODE_COMPILE_CACHE } = process.env
  const env = { PATH, NODE_COMPILE_CACHE, ...stack.environments[service], ...variables }
  const child = spawn(process.execPath, [...NODE_FLAGS[service], main], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      log += chunk
    })
  if (child.pid === undefined) throw new Error(`${service} has no process`)
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal)
  const url = `http://127.0.0.1:${variables.PORT}`
  return { child, url, pid: child.pid, log: () => log, ended: () => ended, stop: () => stop(child) }
}

/** Another process may answer on the port: the log shows that this one listens. */
async function ready({ child, url, log }: ReturnType<typeof run>, deadline: number): Promise<boolean> {
  const address = new URL('/readyz', url)
  while (child.exitCode === null && Date.now() < deadline) {
    const answer = await exchange(address, 'GET', { host: address.host }).catch(() => undefined)
    if (answer?.status === 200 && log().includes('listening')) return true
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return false
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}
