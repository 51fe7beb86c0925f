import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import type { ClientEnvironment } from './client-environment.ts'

/** Runs a command with these variables; answers with its exit status, as a shell would say it: 128 + n for a signal. */
export async function runWith(program: string, args: readonly string[], environment: ClientEnvironment) {
  const child = spawn(program, args, { stdio: 'inherit', env: mergedEnvironment(environment) })
  // A terminal sends Ctrl-C to both: the command decides when it ends, and the emulator answers until then.
  const forward = (signal: NodeJS.Signals) => void child.kill(signal)
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, forward)
  try {
    const [status, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
    return signal === null ? (status ?? 1) : 128 + constants.signals[signal]
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT' && code !== 'EACCES') throw error
    process.stderr.write(`exec: ${program}: ${code === 'ENOENT' ? 'not found' : 'cannot be run'}\n`)
    return code === 'ENOENT' ? 127 : 126
  } finally {
    for (const signal of signals) process.off(signal, forward)
  }
}

function mergedEnvironment(changes: ClientEnvironment) {
  // biome-ignore lint/style/noProcessEnv: the command gets what this process was given.
  const merged = { ...process.env, ...changes }
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined))
}
