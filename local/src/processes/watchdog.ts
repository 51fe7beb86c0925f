import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

export interface Watchdog {
  /** Replaces the earlier list. */
  watch(pids: readonly number[]): void
  /** Makes the watchdog clean up now. */
  release(): Promise<void>
}

/** Cleans up when this process ends without doing so: the shell's pipe closes then. */
export function startWatchdog(directory: string): Watchdog {
  const watchdog = spawn('sh', [join(import.meta.dirname, 'watchdog.sh'), directory], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const ended = once(watchdog, 'exit')
  watchdog.unref()
  // If the watchdog was killed, a write to it fails: this process goes on.
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
