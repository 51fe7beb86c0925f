import { beforeEach, describe, expect, test } from '@jest/globals'
import { importClientModule, installFakePage } from './test-support/fake-page.ts'

interface EventStreamModule {
  readTurnEvents(
    eventsUrl: string,
    listener: {
      event(event: { event: string; data: unknown }, id: string): void
      connection(state: string): void
      lost(reason: string): void
    },
  ): { wake(): void }
}

class FakeEventSource {
  static readonly CLOSED = 2
  static opened: FakeEventSource[] = []
  readyState = 1
  onopen: () => void = () => undefined
  private readonly listeners = new Map<string, (event: Event) => void>()

  constructor() {
    FakeEventSource.opened.push(this)
  }
  addEventListener(name: string, listener: (event: Event) => void): void {
    this.listeners.set(name, listener)
  }
  close(): void {
    this.readyState = FakeEventSource.CLOSED
  }
  send(name: string, data: object, lastEventId = ''): void {
    this.listeners.get(name)?.(new MessageEvent(name, { data: JSON.stringify(data), lastEventId }))
  }
  breakOff(): void {
    this.listeners.get('error')?.(new Event('error'))
  }
}

beforeEach(() => {
  FakeEventSource.opened = []
})

async function reading(status = 503, headers: Record<string, string> = {}) {
  const seen: [string, unknown, string][] = []
  const lost = Promise.withResolvers<string>()
  const asked = Promise.withResolvers<void>()
  const waits = Promise.withResolvers<{ act: () => void; ms: number }>()
  installFakePage({
    EventSource: FakeEventSource,
    setTimeout(act: () => void, ms: number) {
      waits.resolve({ act, ms })
      return 1
    },
    async fetch() {
      asked.resolve()
      return new Response(null, { status, headers })
    },
  })
  const { readTurnEvents } = await importClientModule<EventStreamModule>('event-stream.ts')
  const { wake } = readTurnEvents('/api/turns/t/events', {
    event: ({ event, data }, id) => void seen.push([event, data, id]),
    connection: () => undefined,
    lost: lost.resolve,
  })
  const source = () => FakeEventSource.opened.at(-1) as FakeEventSource
  return { seen, source, wake, lost: lost.promise, asked: asked.promise, waits: waits.promise }
}

describe('an event of a turn', () => {
  test('that is sent again with its id is shown once', async () => {
    const { seen, source } = await reading()
    source().send('text', { delta: 'Hello' }, '1-0')
    source().send('text', { delta: 'Hello' }, '1-0')
    source().send('text', { delta: 'Hello' }, '2-0')
    expect(seen).toEqual([
      ['text', { delta: 'Hello' }, '1-0'],
      ['text', { delta: 'Hello' }, '2-0'],
    ])
  })

  test('that was seen before a connection broke is not shown again when the stream starts over', async () => {
    const { seen, source, wake, asked } = await reading()
    source().send('text', { delta: 'Hello' }, '1-0')
    const first = source()
    first.close()
    first.breakOff()
    await asked
    // A few promises later the next attempt waits; then `wake` begins it.
    for (let turn = 0; turn < 50 && source() === first; turn++) {
      await Promise.resolve()
      wake()
    }
    expect(source()).not.toBe(first)
    source().send('text', { delta: 'Hello' }, '1-0')
    source().send('done', {}, '2-0')
    expect(seen.map(([name, , id]) => [name, id])).toEqual([
      ['text', '1-0'],
      ['done', '2-0'],
    ])
    expect(source().readyState).toBe(FakeEventSource.CLOSED)
  })
})

test.each([
  [401, 'not_signed_in'],
  [404, 'not_found'],
])('a stream that is refused with %i is not requested again: %s', async (status, reason) => {
  const { source, lost } = await reading(status)
  source().close()
  source().breakOff()
  expect(await lost).toBe(reason)
  expect(FakeEventSource.opened).toHaveLength(1)
})

test.each([
  ['the time that the server names', '40', 40_000],
  ['a minute at the most', '86400', 60_000],
  ['a short time where it names none', '', 0],
  ['a short time where it names a date', 'Fri, 01 Jan 2100 00:00:00 GMT', 0],
])('a stream that is refused because there were too many goes on after %s', async (_what, retryAfter, least) => {
  const { seen, source, waits } = await reading(429, { 'Retry-After': retryAfter })
  const first = source()
  first.send('text', { delta: 'Hello' }, '1-0')
  first.close()
  first.breakOff()
  const { act, ms } = await waits
  expect(ms).toBeGreaterThan(least)
  expect(ms).toBeLessThanOrEqual(least + 2_000)
  act()
  expect(source()).not.toBe(first)
  source().send('done', {}, '2-0')
  expect(seen.map(([name]) => name)).toEqual(['text', 'done'])
})
