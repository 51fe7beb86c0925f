import type { CONNECTIONS_CHANGED } from '@agent-identity/contracts'
import { CONNECTION_EVENTS } from './routes.ts'

const CHANGED = 'connections_changed' satisfies typeof CONNECTIONS_CHANGED
/** The list may change many times a second. */
const PAUSE_MS = 1_000
const FIRST_PAUSE_MS = 2_000
const LONGEST_PAUSE_MS = 60_000

/**
 * A page that is not seen does not listen: over HTTP/1.1 a browser has few connections for all of its tabs.
 *
 * @param onChange returns whether to listen again after the server has refused: not without a user session.
 */
export function watchConnections(onChange: () => Promise<boolean>): void {
  let source: EventSource | undefined
  let retry: ReturnType<typeof setTimeout> | undefined
  let failures = 0
  let pause: ReturnType<typeof setTimeout> | undefined
  let hasNews = false

  function tell(): void {
    hasNews = pause !== undefined
    if (hasNews) return
    void onChange()
    pause = setTimeout(() => {
      pause = undefined
      if (hasNews) tell()
    }, PAUSE_MS)
  }

  function listen(): void {
    clearTimeout(retry)
    source?.close()
    source = new EventSource(CONNECTION_EVENTS)
    source.addEventListener(CHANGED, () => {
      failures = 0
      tell()
    })
    source.onerror = () => {
      // The browser reconnects after a broken connection, but not after a refusal.
      if (source?.readyState === EventSource.CLOSED) void refused()
    }
  }

  async function refused(): Promise<void> {
    failures += 1
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS) * (0.5 + Math.random() / 2)
    // Also when the list cannot be shown.
    const listensAgain = await onChange().catch(() => true)
    if (listensAgain && document.visibilityState === 'visible') retry = setTimeout(listen, pause)
  }

  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') return listen()
    clearTimeout(retry)
    source?.close()
  })
  if (document.visibilityState === 'visible') listen()
}
