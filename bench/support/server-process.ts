import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { NODE_FLAGS } from '@agent-identity/contracts'
import { type Usage, usageOf } from './process-usage.ts'

export interface ServerProcess {
  url: string
  pid: number
  /** From the start of the process to its ready line. */
  readyMs: number
  usage(): Promise<Usage>
  /** The process answers with a line of JSON on stderr. */
  ask<Answer>(signal: NodeJS.Signals): Promise<Answer>
  stop(): Promise<void>
}

export interface Program {
  /** Relative to `bench`. */
  program: string
  args?: readonly string[]
  environment?: Readonly<Record<string, string>>
  nodeOptions?: readonly string[]
}

/** `main.ts` kills these processes when it exits. */
const running = new Set<ChildProcess>()
export function killAll(): void {
  for (const child of running) child.kill('SIGKILL')
}

export function killAtExit(child: ChildProcess): void {
  running.add(child)
  child.once('exit', () => running.delete(child))
}

const READY_WITHIN_MS = 60_000

/** Starts the program on a free port. Resolves when the server logs that it is ready. Our services get the Node flags of their deployment. */
export async function startServer({
  program,
  args = [],
  environment = {},
  nodeOptions = [],
}: Program): Promise<ServerProcess> {
  const startedAt = performance.now()
  const path = fileURLToPath(new URL(`../${program}`, import.meta.url))
  const flags = Object.entries(NODE_FLAGS).find(([service]) => program.startsWith(`../services/${service}/`))?.[1] ?? []
  const child = spawn(process.execPath, [...flags, ...nodeOptions, path, ...args], {
    env: { ...environment, PORT: '0' },
    // Pipes, like a container's log driver.
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  killAtExit(child)
  const complaints = createInterface({ input: child.stderr })
  complaints.on('line', (line) => line.startsWith('{') || console.error(`${program}: ${line}`))
  const deadline = setTimeout(() => child.kill('SIGKILL'), READY_WITHIN_MS)
  const url = await untilReady(child.stdout, program)
  clearTimeout(deadline)
  const readyMs = performance.now() - startedAt
  const { pid } = child
  if (pid === undefined) throw new Error(`${program} has no process`)
  return {
    url,
    pid,
    readyMs,
    usage: () => usageOf(pid),
    async ask<Answer>(signal: NodeJS.Signals) {
      child.kill(signal)
      const [line] = (await once(complaints, 'line')) as [string]
      return JSON.parse(line) as Answer
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}

async function untilReady(output: Readable, program: string): Promise<string> {
  const lines = createInterface({ input: output })
  let url = ''
  for await (const line of lines) {
    const record = line.startsWith('{') ? (JSON.parse(line) as { msg?: string; event?: string; url?: string }) : {}
    url = record.url ?? url
    if (record.msg !== 'ready' && record.event !== 'ready') continue
    lines.close()
    output.resume()
    return url
  }
  throw new Error(`${program} ended before it was ready`)
}
