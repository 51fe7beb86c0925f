import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { LocalStack } from './local-stack.ts'

export const DEMOS_FOLDER = join(import.meta.dirname, '..', '..', '.demo')

const Credentials = z.object({ accessKeyId: z.string(), secretAccessKey: z.string() })
const Processes = z.array(z.object({ pid: z.number().int(), url: z.string() }))

export const RunningDemo = z.object({
  pid: z.number().int(),
  app: z.string(),
  signIn: z.string(),
  agentcoreIdentity: z.string(),
  vendors: z.record(z.string(), z.string()),
  redis: z.string(),
  users: z.array(z.object({ username: z.string(), password: z.string() })),
  processes: z.object({
    'agent-workload': Processes,
    'session-binding': Processes,
    'mcp-server': Processes.optional(),
    'agentcore-identity': Processes,
    redis: Processes,
  }),
  awsRegion: z.string(),
  awsCredentials: z.object({
    'agent-workload': Credentials,
    'session-binding': Credentials,
    administrator: Credentials,
  }),
  auditFile: z.string().optional(),
  /** Names at AgentCore. */
  deployment: z.object({ workloadName: z.string(), credentialProviders: z.record(z.string(), z.string()) }),
})
export type RunningDemo = z.infer<typeof RunningDemo>

/**
 * Only this user of the machine can read the file: it has passwords and AWS credentials of the stack.
 *
 * @returns a function that removes it
 */
export function announceDemo(
  stack: Omit<LocalStack, 'stop'> & { auditFile?: string },
  folder: string = DEMOS_FOLDER,
): () => void {
  const { workloadName, credentialProviders } = stack.deployment
  // Parsed, so that only members of the schema are written.
  const demo = RunningDemo.parse({
    ...stack,
    pid: process.pid,
    deployment: { workloadName, credentialProviders },
  })
  const file = fileOf(Number(new URL(stack.app).port), folder)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  // mkdir does not change the mode of an existing folder.
  chmodSync(folder, 0o700)
  const unfinished = `${file}.${process.pid}`
  writeFileSync(unfinished, JSON.stringify(demo), { mode: 0o600, flag: 'wx' })
  renameSync(unfinished, file)
  return () => {
    // A later demo may have written its own file there.
    if (read(file)?.pid === process.pid) rmSync(file, { force: true })
  }
}

export type FoundDemo =
  | { state: 'running'; demo: RunningDemo }
  /** The demo has ended without removing its file. */
  | { state: 'stale' }
  | { state: 'none' }

export function findRunningDemo(port: number, folder: string = DEMOS_FOLDER): FoundDemo {
  const demo = read(fileOf(port, folder))
  if (!demo) return { state: 'none' }
  return isAlive(demo) ? { state: 'running', demo } : { state: 'stale' }
}

export function portsOfRunningDemos(folder: string = DEMOS_FOLDER): number[] {
  return filesIn(folder)
    .flatMap((name) => /^(\d+)\.json$/.exec(name)?.[1] ?? [])
    .map(Number)
    .filter((port) => findRunningDemo(port, folder).state === 'running')
    .sort((one, other) => one - other)
}

const fileOf = (port: number, folder: string) => join(folder, `${port}.json`)

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** @returns undefined if the file is missing, cannot be read, or does not fit the schema */
function read(file: string): RunningDemo | undefined {
  try {
    return RunningDemo.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data
  } catch {
    return undefined
  }
}

/** Another process may have the demo's process id by now, so one of the demo's children must exist, too. */
function isAlive({ pid, processes }: RunningDemo): boolean {
  const children = Object.values(processes).flat()
  return exists(pid) && children.some((child) => child && exists(child.pid))
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
