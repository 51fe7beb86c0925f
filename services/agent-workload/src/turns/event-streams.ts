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

/** A user session with open event streams in this process. */
interface Viewer {
  ref: UserSessionRef
  streams: Set<EventStream>
  /** Unix time in milliseconds of the last check that found it signed in. */
  seenAt: number
  /** A check is in progress. */
  look?: Promise<boolean> | undefined
}

interface EventStream {
  turnId: TurnId
  viewer: Viewer
  /** Unix time in milliseconds of the user session's absolute end. */
  endsAt: number
  response: Response
  cursor: string
  /** A read is in progress; `again` when news arrived meanwhile. */
  reading: 'idle' | 'reading' | 'again'
}

/**
 * Maximum number of user sessions that are revalidated per tick, least recently checked first: about two Redis commands a second, regardless of the
 * number of streams. A delay is acceptable: this only ends idle streams.
 */
const LOOKS_A_ROUND = 32

/**
 * All open event streams of this process, with one subscription. A message names a turn with news and contains none: each stream reads on from its
 * own cursor, so that there are no gaps or duplicates on any replica.
 */
export function createEventStreams(dependencies: {
  turns: Pick<Turns, 'eventsAfter'>
  sessions: { find(ref: UserSessionRef): Promise<CurrentUserSession | undefined> }
  subscriber: RedisClient
  /**
   * The limit in this process. It bounds the process's own resources, so each process counts for itself: a shared count would have to be decreased,
   * which a killed replica cannot do.
   */
  perUserSession: number
  /** When a client reads nothing for this time, its stream is closed, in milliseconds. */
  stallMs: number
  clock: Clock
  log: Logger
}) {
  const { turns, sessions, subscriber, perUserSession, stallMs, clock, log } = dependencies
  const streams = new Map<TurnId, Set<EventStream>>()
  /** In the order of the last check. */
  const viewers = new Map<UserSessionRef, Viewer>()
  const every = () => [...streams.values()].flatMap((set) => [...set])

  subscriber.on('message', (channel: string, turnId: string) => {
    if (channel !== TURN_EVENTS_CHANNEL) return
    for (const stream of streams.get(turnId as TurnId) ?? []) void readOn(stream)
  })
  // Events that were published while the subscription was down are in the stream, and a sign-out meanwhile is visible in the record.
  // Reads only after Redis has confirmed the subscription: events in between would be missed otherwise.
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
      // Nothing is sent while Redis is away; a later tick checks again.
      lookFor(viewer).catch((err) => {
        if (!isRedisAway(err)) log.warn({ err }, 'a user session behind an event stream could not be read')
      })
    }
  }, EVENT_STREAM_KEEP_ALIVE_MS)

  /**
   * The message about a sign-out arrives once or, while Redis is away, never; for the end of an idle time there is none. So nothing is sent to a user
   * session that was not checked within a keep-alive interval. An idle stream causes no checks by itself: a tick ends it later, at the latest at its
   * absolute end.
   */
  const isSignedIn = async (viewer: Viewer) =>
    clock() - viewer.seenAt < EVENT_STREAM_KEEP_ALIVE_MS || (await lookFor(viewer))

  /** @returns whether the user session still exists; if not, its streams have ended. */
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
        // Closed while Redis answered or the client was slow.
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

  /** Unread data would be kept as long as the connection lives; a browser reconnects for it, other clients do not. */
  function cutOff(stream: EventStream): void {
    log.info({ turnId: stream.turnId }, 'an event stream that its client does not read was closed')
    forget(stream)
    stream.response.destroy()
  }

  return {
    /**
     * Streams the turn's events after `cursor` until the turn is done, the user session ends or the browser leaves.
     *
     * @returns false when the user session has reached its limit of streams; then nothing was written.
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
      // Signed out between the start of this request and now: the message about it arrived before there was a stream to end.
      viewer.seenAt = 0
      void readOn(stream)
      return true
    },

    /** Signing out ends streams that are still open. */
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

/** A slow client slows down only its own stream. @returns false when it has read nothing for `stallMs`. */
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
