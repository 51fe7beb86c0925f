import { setTimeout as pause } from 'node:timers/promises'
import type { TurnEvent } from '@agent-identity/contracts'
import { NoAnswerError } from '../../support/http-browser.ts'
import type { Person } from '../../support/person.ts'

/** Longer than faults and their repairs, and shorter than an authorization waits. */
const PATIENCE_MS = 240_000

/** Jest's limit: longer, so that the error names what is lost. */
export const FLOWS_TEST_TIMEOUT_MS = 600_000

export type Failure = 'lost' | 'duplicated' | 'wrong'

export class FlowFailure extends Error {
  readonly failure: Failure
  constructor(failure: Failure, why: string) {
    super(why)
    this.failure = failure
  }
}

/** The user is found signed out. That is correct only if Redis was emptied. */
export class SignedOut extends Error {
  constructor(by: string) {
    super(`signed out, says ${by}`)
  }
}

/** Our services must answer, even if their dependencies fail. Other servers are at 127.0.0.1. */
function refuseToHang(error: unknown): undefined {
  if (error instanceof NoAnswerError && error.url.hostname === 'localhost') throw new FlowFailure('lost', String(error))
}

export async function patiently<Result>(what: string, act: () => Promise<Result | undefined>): Promise<Result> {
  let last: unknown
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; ) {
    try {
      const result = await act()
      if (result !== undefined) return result
    } catch (error) {
      if (error instanceof FlowFailure || error instanceof SignedOut) throw error
      refuseToHang(error)
      last = error
    }
    await pause(250)
  }
  throw new FlowFailure('lost', `${what}: ${last}`)
}

export type Seen = TurnEvent & { id: string }

/** Reads on across broken connections. */
export async function nextOf(
  who: Person,
  eventsUrl: string,
  seen: Seen[],
  wanted: (event: TurnEvent) => boolean,
): Promise<TurnEvent> {
  const before = seen.length
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; ) {
    const stream = await who.stream(eventsUrl, seen.at(-1)?.id).catch(refuseToHang)
    if (stream?.status === 401) throw new SignedOut('the events')
    let taken = 0
    try {
      while (stream && Date.now() < deadline) {
        for (; taken < stream.events.length; taken++) {
          const event = stream.events[taken] as Seen
          if (seen.some(({ id }) => id === event.id)) throw new FlowFailure('duplicated', JSON.stringify(event))
          seen.push(event)
          if (wanted(event)) return event
        }
        if (stream.ended) break
        await pause(25)
      }
    } finally {
      stream?.close()
    }
    await pause(250)
  }
  throw new FlowFailure(
    'lost',
    `Nothing came after ${JSON.stringify(seen.slice(0, before))}: ${JSON.stringify(seen.slice(before))}`,
  )
}

/** Reads the events again. */
export async function hasComeToItsEnd(who: Person, eventsUrl: string, authorizationId: string): Promise<boolean> {
  const stream = await who.stream(eventsUrl).catch(refuseToHang)
  await pause(500)
  stream?.close()
  return (stream?.events ?? []).some(
    ({ event, data }) =>
      event === 'done' ||
      (['authorization_completed', 'authorization_failed'].includes(event) &&
        'authorizationId' in data &&
        data.authorizationId === authorizationId),
  )
}

/** Read again, the stream must have exactly the events that were seen. */
export async function shownOnce(who: Person, eventsUrl: string, seen: readonly Seen[]): Promise<void> {
  const whole: Seen[] = []
  await nextOf(who, eventsUrl, whole, ({ event }) => event === 'done')
  const ids = (events: readonly Seen[]) => events.map(({ id }) => id).join()
  if (ids(whole) !== ids(seen)) throw new FlowFailure('lost', `${JSON.stringify(seen)} of ${JSON.stringify(whole)}`)
}

/** Without the text that a `restarted` event makes void. */
export function validText(seen: readonly Seen[]): string {
  let valid: Seen[] = []
  for (const event of seen) {
    if (event.event === 'restarted') valid = valid.slice(0, valid.findIndex(({ id }) => id === event.data.after) + 1)
    else valid.push(event)
  }
  return valid.map((event) => (event.event === 'text' ? event.data.delta : '')).join('')
}
