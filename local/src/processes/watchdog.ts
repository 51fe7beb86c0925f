import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

export interface Watchdog {
  /** The children as they are now. */
  watch(pids: readonly number[]): void
  /** Lets it do its work now and waits for that. */
  release(): Promise<void>
}

/**
 * Ends the children and removes the directory when this process ends without doing so itself: a crash, `kill -9`, a test
 * runner that gives up. A shell, because it costs nothing and outlives us: it reads a pipe that only our end closes.
 */
export function startWatchdog(directory: string): Watchdog {
  const watchdog = spawn('sh', [join(import.meta.dirname, 'watchdog.sh'), directory], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const ended = once(watchdog, 'exit')
  watchdog.unref()
  // Gone already: killed by hand. We still end our children ourselves.
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
