import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

export interface Watchdog {
  /** Replaces the children that it would end. */
  watch(pids: readonly number[]): void
  /** Makes it clean up now, and waits for that. */
  release(): Promise<void>
}

/** Ends the children and removes the directory when this process ends without doing so itself: a shell reads a pipe that closes then. */
export function startWatchdog(directory: string): Watchdog {
  const watchdog = spawn('sh', [join(import.meta.dirname, 'watchdog.sh'), directory], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const ended = once(watchdog, 'exit')
  watchdog.unref()
  // If the watchdog was killed, we still end our children ourselves.
  watchdog.stdin.on('error', () => {})
  return {
    watch: (pids) => void watchdog.stdin.write(`${pids.join(' ')}\n`),
    async release() {
      watchdog.ref()
      watchdog.stdin.end()
      await ended
    },
  }
}
