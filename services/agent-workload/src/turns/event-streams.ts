import {
  EVENT_STREAM_KEEP_ALIVE_MS,
  TURN_EVENTS_CHANNEL,
  type TurnId,
  type UserSessionRef,
} from '@agent-identity/contracts'
import { type Clock, isRedisAway, type Logger, type RedisClient } from '@agent-identity/service-runtime'
import type { CurrentUserSession } from '@agent-identity/user-session'
import type { Response } from 'express'
import type { Turns } from './turns.ts'

/** A user session that has event streams open here. */
interface Viewer {
  ref: UserSessionRef
  streams: Set<EventStream>
  /** Unix time in milliseconds at which it was last found to be signed in. */
  seenAt: number
  /** Redis is being asked. */
  look?: Promise<boolean> | undefined
}

interface EventStream {
  turnId: TurnId
  viewer: Viewer
  /** Unix time in milliseconds at which the user session ends at the latest. */
  endsAt: number
  response: Response
  cursor: string
  /** A read is under way; `again` when something came in the meantime. */
  reading: 'idle' | 'reading' | 'again'
}

/**
 * How many user sessions a keep-alive round looks for, those first that were not seen for longest: Redis is asked about two a
 * second at the most, however many streams are open. What this is for can wait: it ends what shows nothing any more.
 */
const LOOKS_A_ROUND = 32

/**
 * Every open event stream of this process, over one subscription. A message says which turn has news and carries none:
 * each stream reads on from its own cursor, so that nothing is missed and nothing comes twice, whichever replica it is on.
 */
export function createEventStreams(dependencies: {
  turns: Pick<Turns, 'eventsAfter'>
  sessions: { find(ref: UserSessionRef): Promise<CurrentUserSession | undefined> }
  subscriber: RedisClient
  /**
   * Open at a time, in this process. What it keeps within bounds is this process's, so it is counted here: a count that all
   * replicas share would have to be given back, and a replica that is killed gives nothing back.
   */
  perUserSession: number
  /** A reader that takes nothing for this long is cut off, in milliseconds. */
  stallMs: number
  clock: Clock
  log: Logger
}) {
  const { turns, sessions, subscriber, perUserSession, stallMs, clock, log } = dependencies
  const streams = new Map<TurnId, Set<EventStream>>()
  /** In the order in which they were last seen. */
  const viewers = new Map<UserSessionRef, Viewer>()
  const every = () => [...streams.values()].flatMap((set) => [...set])

  subscriber.on('message', (channel: string, turnId: string) => {
    if (channel !== TURN_EVENTS_CHANNEL) return
    for (const stream of streams.get(turnId as TurnId) ?? []) void readOn(stream)
  })
  // What was published while the subscription was away is in the stream, and who signed out meanwhile is not signed in.
  // Read only once Redis has answered that it publishes to us again: what comes in between would be missed otherwise.
  async function subscribe(): Promise<void> {
    await subscriber.subscribe(TURN_EVENTS_CHANNEL)
    for (const viewer of viewers.values()) viewer.seenAt = 0
    for (const stream of every()) void readOn(stream)
  }
  const subscribeAgain = () => void subscribe().catch(() => undefined)
  if (subscriber.status === 'ready') subscribeAgain()
  subscriber.on('ready', subscribeAgain)

  const keepAlive = setInterval(() => {
    for (const stream of every()) {
      if (clock() >= stream.endsAt) close(stream)
      else stream.response.write(': keep-alive\n\n')
    }
    for (const viewer of [...viewers.values()].slice(0, LOOKS_A_ROUND)) {
      // Nothing is shown either while Redis is away; a later round asks again.
      lookFor(viewer).catch((err) => {
        if (!isRedisAway(err)) log.warn({ err }, 'a user session behind an event stream could not be read')
      })
    }
  }, EVENT_STREAM_KEEP_ALIVE_MS)

  /**
   * The message about a sign-out comes once or, while Redis is away, never; and of an idle time's end there is none. So nothing
   * is shown to a user session that was not seen within a keep-alive time. A stream that shows nothing asks nothing: the rounds
   * end it some time, its absolute end at the latest.
   */
  const isSignedIn = async (viewer: Viewer) =>
    clock() - viewer.seenAt < EVENT_STREAM_KEEP_ALIVE_MS || (await lookFor(viewer))

  /** @returns whether the user session is still there; if not, its streams have ended. */
  function lookFor(viewer: Viewer): Promise<boolean> {
    viewer.look ??= look(viewer).finally(() => {
      viewer.look = undefined
    })
    return viewer.look
  }

  async function look(viewer: Viewer): Promise<boolean> {
    const { ref } = viewer
    const askedAt = clock()
    const found = (await sessions.find(ref)) !== undefined
    if (!found) viewer.streams.forEach(close)
    else if (viewers.get(ref) === viewer) {
      viewers.delete(ref)
      viewers.set(ref, viewer)
      viewer.seenAt = askedAt
    }
    return found
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
    while (await isSignedIn(stream.viewer)) {
      const events = await turns.eventsAfter(stream.turnId, stream.cursor)
      if (events.length === 0) return
      for (const { id, event, data } of events) {
        // Closed while Redis answered or the reader was slow.
        if (stream.response.writableEnded) return
        stream.cursor = id
        const flowing = stream.response.write(`id: ${id}\nevent: ${event}\ndata: ${data}\n\n`)
        if (event === 'done') return close(stream)
        if (!flowing && !(await drained(stream.response, stallMs))) return cutOff(stream)
      }
    }
  }

  function forget(stream: EventStream): void {
    const set = streams.get(stream.turnId)
    set?.delete(stream)
    if (set?.size === 0) streams.delete(stream.turnId)
    const { viewer } = stream
    viewer.streams.delete(stream)
    if (viewer.streams.size === 0 && viewers.get(viewer.ref) === viewer) viewers.delete(viewer.ref)
  }

  function close(stream: EventStream): void {
    forget(stream)
    stream.response.end()
  }

  /** What was written would be kept for it as long as the connection lives; a browser comes back for it, others do not. */
  function cutOff(stream: EventStream): void {
    log.info({ turnId: stream.turnId }, 'an event stream that nobody reads was cut off')
    forget(stream)
    stream.response.destroy()
  }

  return {
    /**
     * Streams the turn's events after `cursor` until the turn is done, the user session ends or the browser leaves.
     *
     * @returns false when the user session has as many open as it may; then nothing was written.
     */
    open(
      request: Pick<EventStream, 'turnId' | 'endsAt' | 'response' | 'cursor'> & { userSession: UserSessionRef },
    ): boolean {
      const { userSession, ...rest } = request
      const viewer = viewers.get(userSession) ?? { ref: userSession, streams: new Set(), seenAt: 0 }
      if (viewer.streams.size >= perUserSession) return false
      const stream: EventStream = { ...rest, viewer, reading: 'idle' }
      const { response, turnId } = stream
      response.writeHead(200, { 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' })
      response.write(': open\n\n')
      const set = streams.get(turnId) ?? new Set()
      streams.set(turnId, set.add(stream))
      viewers.set(userSession, viewer)
      viewer.streams.add(stream)
      response.on('close', () => close(stream))
      // Signed out between the start of this request and now: the message about it came before there was a stream to end.
      viewer.seenAt = 0
      void readOn(stream)
      return true
    },

    /** Signing out ends what is still being shown. */
    closeUserSession(ref: UserSessionRef): void {
      viewers.get(ref)?.streams.forEach(close)
    },

    stop(): void {
      clearInterval(keepAlive)
      for (const stream of every()) close(stream)
    },
  }
}

export type EventStreams = ReturnType<typeof createEventStreams>

/** A slow reader slows down its own stream and nothing else. @returns false when it has taken nothing for `stallMs`. */
const drained = (response: Response, stallMs: number): Promise<boolean> =>
  new Promise((resolve) => {
    const settle = (reads: boolean) => {
      clearTimeout(stalled)
      response.off('drain', done)
      response.off('close', done)
      resolve(reads)
    }
    const done = () => settle(true)
    const stalled = setTimeout(() => settle(false), stallMs)
    response.on('drain', done)
    response.on('close', done)
    if (response.closed) done()
  })
