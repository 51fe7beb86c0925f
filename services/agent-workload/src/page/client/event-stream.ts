import type { TurnEvent } from '@agent-identity/contracts'
import type { LossReason } from './turn-state.ts'

type EventName = TurnEvent['event']

/** EventSource delivers a named event only to listeners of that name. */
const EVENT_NAMES = Object.keys({
  text: true,
  tool: true,
  authorization_required: true,
  authorization_completed: true,
  authorization_failed: true,
  authorization_set_aside: true,
  confirmation_required: true,
  confirmation_settled: true,
  restarted: true,
  error: true,
  done: true,
} satisfies Record<EventName, true>) as EventName[]

const LONGEST_PAUSE_MS = 30_000
/** The server's own limits let a client wait no longer. */
const LONGEST_WAIT_MS = 60_000

export interface TurnStreamListener {
  /** @param id the event's position in the stream. */
  event(event: TurnEvent, id: string): void
  connection(state: 'open' | 'lost'): void
  lost(reason: LossReason): void
}

/**
 * EventSource reconnects by itself with `Last-Event-ID` when a connection breaks; when the server refuses, it stops without a reason. Then this
 * code requests the reason and, unless nothing more can be read, starts over from the beginning.
 *
 * @returns `wake`: it skips the pause before the next attempt.
 */
export function readTurnEvents(eventsUrl: string, listener: TurnStreamListener): { wake(): void } {
  const seen = new Set<string>()
  let source: EventSource
  let failures = 0
  let retry: ReturnType<typeof setTimeout> | undefined

  function open(): void {
    retry = undefined
    source = new EventSource(eventsUrl)
    source.onopen = () => {
      failures = 0
      listener.connection('open')
    }
    for (const name of EVENT_NAMES) source.addEventListener(name, (event) => receive(name, event))
  }

  function receive(name: EventName, event: Event): void {
    // EventSource's own errors have the name of a turn's `error` event, and are no messages.
    if (!(event instanceof MessageEvent)) {
      trouble()
      return
    }
    if (event.lastEventId !== '') {
      if (seen.has(event.lastEventId)) return
      seen.add(event.lastEventId)
    }
    if (name === 'done' || name === 'error') source.close()
    listener.event({ event: name, data: JSON.parse(event.data as string) } as TurnEvent, event.lastEventId)
  }

  function trouble(): void {
    listener.connection('lost')
    if (source.readyState === EventSource.CLOSED) void askWhy()
  }

  async function askWhy(): Promise<void> {
    const { status, retryAfterMs } = await refusalOf(eventsUrl)
    if (status === 401) return listener.lost('not_signed_in')
    // With 204 a server tells an EventSource to stop.
    if (status === 404 || status === 204) return listener.lost('not_found')
    failures += 1
    // Readers that are refused together must not all come back together.
    const pause = Math.min(1_000 * 2 ** failures, LONGEST_PAUSE_MS) * (0.5 + Math.random() / 2)
    retry = setTimeout(open, retryAfterMs + pause)
  }

  function wake(): void {
    if (retry === undefined) return
    clearTimeout(retry)
    open()
  }

  open()
  return { wake }
}

async function refusalOf(eventsUrl: string): Promise<{ status?: number; retryAfterMs: number }> {
  const abort = new AbortController()
  try {
    const { status, headers } = await fetch(eventsUrl, { cache: 'no-store', redirect: 'error', signal: abort.signal })
    // A load balancer may send a date, which is ignored.
    const seconds = Number(headers.get('Retry-After') ?? 0)
    return { status, retryAfterMs: seconds > 0 ? Math.min(seconds * 1_000, LONGEST_WAIT_MS) : 0 }
  } catch {
    return { retryAfterMs: 0 }
  } finally {
    // The body may be an endless stream.
    abort.abort()
  }
}
