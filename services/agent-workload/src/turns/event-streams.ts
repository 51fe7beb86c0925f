import {
  EVENT_STREAM_KEEP_ALIVE_MS,
  TURN_EVENTS_CHANNEL,
  type TurnId,
  type UserSessionRef,
} from '@agent-identity/contracts'
import { type Clock, isRedisAway, type Logger, type RedisClient, whenReady } from '@agent-identity/service-runtime'
import type { CurrentUserSession } from '@agent-identity/user-session'
import type { Response } from 'express'
import type { Turns } from './turns.ts'

interface EventStream {
  turnId: TurnId
  userSession: UserSessionRef
  /** Unix time in milliseconds at which the user session ends at the latest. */
  endsAt: number
  response: Response
  cursor: string
  /** A read is under way; `again` when something came in the meantime. */
  reading: 'idle' | 'reading' | 'again'
}

/**
 * Every open event stream of this process, over one subscription. A message says which turn has news and carries none:
 * each stream reads on from its own cursor, so that nothing is missed and nothing comes twice, whichever replica it is on.
 */
export function createEventStreams(dependencies: {
  turns: Pick<Turns, 'eventsAfter'>
  sessions: { find(ref: UserSessionRef): Promise<CurrentUserSession | undefined> }
  subscriber: RedisClient
  clock: Clock
  log: Logger
}) {
  const { turns, sessions, subscriber, clock, log } = dependencies
  const streams = new Map<TurnId, Set<EventStream>>()
  const every = () => [...streams.values()].flatMap((set) => [...set])

  subscriber.on('message', (channel: string, turnId: string) => {
    if (channel !== TURN_EVENTS_CHANNEL) return
    for (const stream of streams.get(turnId as TurnId) ?? []) void readOn(stream)
  })
  whenReady(subscriber, () => subscriber.subscribe(TURN_EVENTS_CHANNEL))
  // What was published while the subscription was away is in the stream, and who signed out meanwhile is not signed in.
  subscriber.on('ready', () => {
    for (const stream of every()) void readOn(stream)
    void closeSignedOut(every())
  })

  const keepAlive = setInterval(() => {
    for (const stream of every()) {
      if (clock() >= stream.endsAt) close(stream)
      else stream.response.write(': keep-alive\n\n')
    }
    void closeSignedOut(every())
  }, EVENT_STREAM_KEEP_ALIVE_MS)

  /** The message about a sign-out comes once or, while Redis is away, never; and of an idle time's end there is none. */
  async function closeSignedOut(among: readonly EventStream[]): Promise<void> {
    for (const [ref, of] of Map.groupBy(among, ({ userSession }) => userSession)) {
      try {
        if (!(await sessions.find(ref))) of.forEach(close)
      } catch (err) {
        // Nothing is shown either while Redis is away; the next round asks again.
        if (!isRedisAway(err)) log.warn({ err }, 'a user session behind an event stream could not be read')
      }
    }
  }

  async function readOn(stream: EventStream): Promise<void> {
    if (stream.reading !== 'idle') {
      stream.reading = 'again'
      return
    }
    try {
      do {
        stream.reading = 'reading'
        await sendNews(stream)
      } while ((stream.reading as EventStream['reading']) === 'again')
      stream.reading = 'idle'
    } catch (err) {
      // The browser reconnects with the last id that it saw.
      log.warn({ err }, 'event stream broken off')
      close(stream)
    }
  }

  async function sendNews(stream: EventStream): Promise<void> {
    for (;;) {
      const events = await turns.eventsAfter(stream.turnId, stream.cursor)
      if (events.length === 0) return
      for (const { id, event, data } of events) {
        // Closed while Redis answered or the reader was slow.
        if (stream.response.writableEnded) return
        stream.cursor = id
        const flowing = stream.response.write(`id: ${id}\nevent: ${event}\ndata: ${data}\n\n`)
        if (event === 'done') return close(stream)
        if (!flowing) await drained(stream.response)
      }
    }
  }

  function close(stream: EventStream): void {
    const set = streams.get(stream.turnId)
    set?.delete(stream)
    if (set?.size === 0) streams.delete(stream.turnId)
    stream.response.end()
  }

  return {
    /** Streams the turn's events after `cursor` until the turn is done, the user session ends or the browser leaves. */
    open(request: Pick<EventStream, 'turnId' | 'userSession' | 'endsAt' | 'response' | 'cursor'>): void {
      const stream: EventStream = { ...request, reading: 'idle' }
      const { response, turnId } = stream
      response.writeHead(200, { 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' })
      response.write(': open\n\n')
      const set = streams.get(turnId) ?? new Set()
      streams.set(turnId, set.add(stream))
      response.on('close', () => close(stream))
      // Signed out between the start of this request and now: the message about it came before there was a stream to end.
      void closeSignedOut([stream]).then(() => readOn(stream))
    },

    /** Signing out ends what is still being shown. */
    closeUserSession(ref: UserSessionRef): void {
      for (const stream of every()) if (stream.userSession === ref) close(stream)
    },

    stop(): void {
      clearInterval(keepAlive)
      for (const stream of every()) close(stream)
    },
  }
}

export type EventStreams = ReturnType<typeof createEventStreams>

/** A slow reader slows down its own stream and nothing else. */
const drained = (response: Response): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      response.off('drain', done)
      response.off('close', done)
      resolve()
    }
    response.on('drain', done)
    response.on('close', done)
    if (response.closed) done()
  })
