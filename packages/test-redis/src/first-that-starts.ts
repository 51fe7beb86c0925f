import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

export async function firstThatStarts(programs: readonly string[], settings: readonly string[]): Promise<ChildProcess> {
  for (const program of programs) {
    const child = spawn(program, settings, { stdio: 'ignore' })
    const started = await once(child, 'spawn').then(
      () => true,
      () => false,
    )
    if (started) return child
  }
  throw new Error('Install redis-server or valkey-server; npm test installs it where possible')
}
