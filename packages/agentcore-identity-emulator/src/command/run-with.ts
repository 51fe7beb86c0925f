import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { isatty } from 'node:tty'
import type { ClientEnvironment } from './client-environment.ts'

/** @returns the exit status; after signal n, 128 + n, as a shell returns */
export async function runWith(program: string, args: readonly string[], environment: ClientEnvironment) {
  const child = spawn(program, args, { stdio: 'inherit', env: mergedEnvironment(environment) })
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  // By number: process.stdin would make a pipe non-blocking, also for the command, whose read could fail.
  const onTerminal = [0, 1, 2].some((descriptor) => isatty(descriptor))
  const forward = (signal: NodeJS.Signals) => {
    if (isForwarded(signal, onTerminal)) child.kill(signal)
  }
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

/** A terminal sends SIGINT and SIGHUP to the command, too; a second SIGINT makes many programs end without cleaning up. */
export const isForwarded = (signal: NodeJS.Signals, onTerminal: boolean) => signal === 'SIGTERM' || !onTerminal

function mergedEnvironment(changes: ClientEnvironment) {
  // biome-ignore lint/style/noProcessEnv: the command gets this process's environment.
  const merged = { ...process.env, ...changes }
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined))
}
