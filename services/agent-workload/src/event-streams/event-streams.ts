import {
  CONNECTION_CHANGED_CHANNEL,
  EVENT_STREAM_KEEP_ALIVE_MS,
  parseConnectionsOf,
  TURN_EVENTS_CHANNEL,
  type UserSessionRef,
} from '@agent-identity/contracts'
import { type Clock, isRedisAway, type Logger, type RedisClient } from '@agent-identity/service-runtime'
import type { CurrentUserSession } from '@agent-identity/user-session'
import type { Response } from 'express'
import { drained } from './drained.ts'

const TOPICS = {
  [TURN_EVENTS_CHANNEL]: (message: string): string | undefined => message,
  [CONNECTION_CHANGED_CHANNEL]: (message: string): string | undefined => parseConnectionsOf(message)?.user,
}
type Channel = keyof typeof TOPICS
const CHANNELS = Object.keys(TOPICS) as Channel[]

export interface StreamEvent {
  /** The cursor after this event. */
  id?: string
  /** After `done` the stream ends. */
  event: string
  data: string
}

export interface StreamSource {
  /** A message on this channel about this topic says that there may be news. */
  channel: Channel
  topic: string
  /** `isMore`: the stream reads again without waiting for a message. */
  read(cursor: string): Promise<{ events: readonly StreamEvent[]; isMore: boolean }>
}

/** A user session with open streams in this process. */
interface Viewer {
  ref: UserSessionRef
  streams: Set<EventStream>
  /** When the last check that found it signed in began, Unix time in milliseconds; with 0 the next read checks again. */
  seenAt: number
  /** Counted up when a check that is in progress may be out of date. */
  doubts: number
  look?: Promise<boolean> | undefined
}

interface EventStream {
  source: StreamSource
  viewer: Viewer
  /** The user session's absolute end, Unix time in milliseconds. */
  endsAt: number
  response: Response
  cursor: string
  /** `again`: while a read was in progress, there was a reason for another one. */
  reading: 'idle' | 'reading' | 'again'
}

/** How many user sessions a tick checks. A delay is acceptable: `isSignedIn` makes an overdue check before events are read. */
const LOOKS_A_ROUND = 32

const nameOf = ({ channel, topic }: Pick<StreamSource, 'channel' | 'topic'>) => `${channel} ${topic}`

/** A message only names what has changed: each stream reads on from its own cursor. */
export function createEventStreams(dependencies: {
  sessions: { find(ref: UserSessionRef): Promise<CurrentUserSession | undefined> }
  subscriber: RedisClient
  /** In this process. A killed replica could not decrease a shared count. */
  perUserSession: number
  /** How long buffered data may wait before its stream is closed. */
  stallMs: number
  clock: Clock
  log: Logger
}) {
  const { sessions, subscriber, perUserSession, stallMs, clock, log } = dependencies
  const streams = new Map<string, Set<EventStream>>()
  /** A viewer that was checked moves to the end. */
  const viewers = new Map<UserSessionRef, Viewer>()
  const every = () => [...streams.values()].flatMap((set) => [...set])

  subscriber.on('message', (from: string, message: string) => {
    const channel = CHANNELS.find((one) => one === from)
    const topic = channel && TOPICS[channel](message)
    if (!channel || topic === undefined) return
    for (const stream of streams.get(nameOf({ channel, topic })) ?? []) void readOn(stream)
  })
  // The reads come after Redis has confirmed the subscription: what is published between a read and a later subscription would be missed.
  async function subscribe(): Promise<void> {
    await subscriber.subscribe(...CHANNELS)
    viewers.forEach(doubt)
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
      // While Redis is away, a later tick checks again.
      lookFor(viewer).catch((err) => {
        if (!isRedisAway(err)) log.warn({ err }, 'a user session behind an event stream could not be read')
      })
    }
  }, EVENT_STREAM_KEEP_ALIVE_MS)

  /**
   * The message about a sign-out may be lost, and none is sent when a user session was idle for too long. So the user session is checked before
   * events are read, unless the last check is recent.
   */
  const isSignedIn = async (viewer: Viewer) =>
    clock() - viewer.seenAt < EVENT_STREAM_KEEP_ALIVE_MS || (await lookFor(viewer))

  /** @returns false: the user session is gone, and its streams have ended. */
  function lookFor(viewer: Viewer): Promise<boolean> {
    viewer.look ??= look(viewer).finally(() => {
      viewer.look = undefined
    })
    return viewer.look
  }

  /** Before events are read the next time, the user session is checked again. */
  function doubt(viewer: Viewer): void {
    viewer.seenAt = 0
    viewer.doubts += 1
  }

  async function look(viewer: Viewer): Promise<boolean> {
    const { ref, doubts } = viewer
    const askedAt = clock()
    const found = (await sessions.find(ref)) !== undefined
    if (found && viewer.doubts !== doubts) return look(viewer)
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
      // The browser reconnects.
      log.warn({ err }, 'event stream broken off')
      close(stream)
    }
  }

  async function sendNews(stream: EventStream): Promise<void> {
    while (isOpen(stream) && (await isSignedIn(stream.viewer))) {
      const { events, isMore } = await stream.source.read(stream.cursor)
      for (const { id, event, data } of events) {
        if (!isOpen(stream)) return
        if (id !== undefined) stream.cursor = id
        const flowing = stream.response.write(
          `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${data}\n\n`,
        )
        if (event === 'done') return close(stream)
        if (!flowing && !(await drained(stream.response, stallMs))) return cutOff(stream)
      }
      if (!isMore) return
    }
  }

  const isOpen = (stream: EventStream) => stream.viewer.streams.has(stream)

  function forget(stream: EventStream): void {
    const name = nameOf(stream.source)
    const set = streams.get(name)
    set?.delete(stream)
    if (set?.size === 0) streams.delete(name)
    const { viewer } = stream
    viewer.streams.delete(stream)
    if (viewer.streams.size === 0 && viewers.get(viewer.ref) === viewer) viewers.delete(viewer.ref)
  }

  function close(stream: EventStream): void {
    forget(stream)
    stream.response.end()
  }

  /** Unread data would be kept as long as the connection lives. */
  function cutOff(stream: EventStream): void {
    log.info({ channel: stream.source.channel }, 'an event stream that its client does not read was closed')
    forget(stream)
    stream.response.destroy()
  }

  return {
    /** Does nothing when the client has left. @returns false when the user session has reached its limit; then nothing was written */
    open(
      request: Pick<EventStream, 'source' | 'endsAt' | 'response' | 'cursor'> & { userSession: UserSessionRef },
    ): boolean {
      const { userSession, ...rest } = request
      const viewer = viewers.get(userSession) ?? { ref: userSession, streams: new Set(), seenAt: 0, doubts: 0 }
      if (viewer.streams.size >= perUserSession) return false
      // No `close` event would end the stream.
      if (rest.response.closed) return true
      const stream: EventStream = { ...rest, viewer, reading: 'idle' }
      const { response, source } = stream
      response.writeHead(200, { 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' })
      response.write(': open\n\n')
      const set = streams.get(nameOf(source)) ?? new Set()
      streams.set(nameOf(source), set.add(stream))
      viewers.set(userSession, viewer)
      viewer.streams.add(stream)
      response.on('close', () => close(stream))
      // The user may have signed out since this request began.
      doubt(viewer)
      void readOn(stream)
      return true
    },

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
