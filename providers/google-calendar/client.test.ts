import { startVendorStub, type VendorCall, type VendorReply } from '@agent-identity/provider-kit/vendor-stub'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createGoogleCalendar, type GoogleCalendar } from './client.ts'
import { dateAndTime, instantOf } from './local-time.ts'

const EVENTS_PATH = '/calendar/v3/calendars/primary/events'
const signal = new AbortController().signal
const event = (summary: string, start: object, end: object) => ({ summary, start, end })
const timed = (summary: string, start: string, end: string) => event(summary, { dateTime: start }, { dateTime: end })

/** Google answers with the event. */
const theEvent = ({ body }: VendorCall) => ({ json: body })

describe('the client of Google Calendar', () => {
  let stub: Awaited<ReturnType<typeof startVendorStub>>
  let calendar: GoogleCalendar

  beforeAll(async () => {
    stub = await startVendorStub()
    calendar = createGoogleCalendar({ url: stub.url, timeoutMs: 60_000 })
  })
  afterAll(() => stub.stop())

  const titles = async (timeZone: string | undefined, now: string, items: object[]) => {
    stub.answer({ [`GET ${EVENTS_PATH}`]: { json: { ...(timeZone ? { timeZone } : {}), items } } })
    const { date, events } = await calendar.today('token', Date.parse(now), signal)
    return { date, events: events.map(({ title, start, end }) => [title, start, end].filter(Boolean).join(' ')) }
  }

  it('lists today in the time zone of the calendar, not of the server', async () => {
    const items = [
      timed('Yesterday there', '2026-11-24T22:00:00+09:00', '2026-11-24T23:00:00+09:00'),
      timed('Breakfast', '2026-11-25T07:00:00+09:00', '2026-11-25T07:30:00+09:00'),
      timed('Tomorrow there', '2026-11-26T00:00:00+09:00', '2026-11-26T01:00:00+09:00'),
    ]
    // 18:30 UTC on the 24th is half past three in the morning of the 25th in Tokyo.
    expect(await titles('Asia/Tokyo', '2026-11-24T18:30:00Z', items)).toEqual({
      date: '2026-11-25',
      events: ['Breakfast 07:00 07:30'],
    })
  })

  it('lists events that overlap today, and not one that ends as today begins', async () => {
    const items = [
      timed('Night train', '2026-11-23T22:00:00Z', '2026-11-24T06:00:00Z'),
      timed('Until midnight', '2026-11-23T22:00:00Z', '2026-11-24T00:00:00Z'),
      timed('Reminder', '2026-11-24T08:00:00Z', '2026-11-24T08:00:00Z'),
      event('Fair', { date: '2026-11-23' }, { date: '2026-11-25' }),
      event('Holiday, over', { date: '2026-11-23' }, { date: '2026-11-24' }),
      { start: { date: '2026-11-24' }, end: { date: '2026-11-25' } },
      { summary: 'Odd', start: 'soon' },
    ]
    expect((await titles(undefined, '2026-11-24T10:00:00Z', items)).events).toEqual([
      'Night train 2026-11-23 22:00 06:00',
      'Reminder 08:00 08:00',
      'Fair all day',
      '(no title) all day',
    ])
  })

  it('requests a bounded list, with the token in the header', async () => {
    await titles('UTC', '2026-11-24T10:00:00Z', [])
    const [call] = stub.calls
    expect(call?.authorization).toBe('Bearer token')
    expect(Object.fromEntries(call?.query ?? [])).toEqual({
      timeMin: '2026-11-23T09:00:00.000Z',
      timeMax: '2026-11-25T11:00:00.000Z',
      singleEvents: 'true',
      fields: 'timeZone,nextPageToken,items(summary,start,end)',
      orderBy: 'startTime',
      maxResults: '250',
    })
  })

  it('treats an unknown time zone as an invalid answer', async () => {
    await expect(titles('Mars/Phobos', '2026-11-24T10:00:00Z', [])).rejects.toMatchObject({ reason: 'unavailable' })
  })

  it.each([
    ['userRateLimitExceeded', 'rate-limited'],
    ['quotaExceeded', 'rate-limited'],
    ['forbiddenForNonOrganizer', 'forbidden'],
  ])('knows a limit from a missing right: a 403 with %s is %s', async (reason, expected) => {
    const json = { error: { code: 403, message: 'No', errors: [{ domain: 'usageLimits', reason, message: 'No' }] } }
    stub.answer({ [`GET ${EVENTS_PATH}`]: { status: 403, json }, [`POST ${EVENTS_PATH}`]: { status: 403, json } })
    await expect(calendar.today('token', 0, signal)).rejects.toMatchObject({ reason: expected, status: 403 })
    const lunch = { id: 'abc123', title: 'Lunch', startTime: '12:30', minutes: 60 }
    await expect(calendar.addToday('token', 0, lunch, signal)).rejects.toMatchObject({ reason: expected })
    stub.answer({
      [`GET ${EVENTS_PATH}`]: { json: { timeZone: 'UTC' } },
      [`POST ${EVENTS_PATH}`]: { status: 403, json },
    })
    await expect(calendar.addToday('token', 0, lunch, signal)).rejects.toMatchObject({ reason: expected })
  })

  it('shortens what is too long to be a title', async () => {
    const { events } = await titles('UTC', '2026-11-24T10:00:00Z', [
      timed('x'.repeat(5_000), '2026-11-24T10:00:00Z', '2026-11-24T11:00:00Z'),
    ])
    expect(events[0]?.length).toBeLessThan(250)
  })

  it('adds an event in the time zone of the calendar', async () => {
    stub.answer({
      [`GET ${EVENTS_PATH}`]: { json: { timeZone: 'Asia/Tokyo', items: [] } },
      [`POST ${EVENTS_PATH}`]: theEvent,
    })
    const lunch = { id: 'abc123', title: 'Lunch', startTime: '23:30', minutes: 60 }
    await calendar.addToday('token', Date.parse('2026-11-24T18:30:00Z'), lunch, signal)
    expect(stub.calls[1]?.body).toEqual({
      id: 'abc123',
      summary: 'Lunch',
      start: { dateTime: '2026-11-25T14:30:00.000Z', timeZone: 'Asia/Tokyo' },
      end: { dateTime: '2026-11-25T15:30:00.000Z', timeZone: 'Asia/Tokyo' },
    })
  })

  it.each([
    ['02:30', '03:30', '2026-03-29T01:30:00.000Z'],
    ['01:30', '01:30', '2026-03-29T00:30:00.000Z'],
  ])(
    'says when an event of %s begins on a day whose clock skips from two to three: %s',
    async (startTime, start, at) => {
      stub.answer({
        [`GET ${EVENTS_PATH}`]: { json: { timeZone: 'Europe/Berlin', items: [] } },
        [`POST ${EVENTS_PATH}`]: theEvent,
      })
      const lunch = { id: 'abc123', title: 'Lunch', startTime, minutes: 60 }
      const added = await calendar.addToday('token', Date.parse('2026-03-28T23:30:00Z'), lunch, signal)
      expect(added).toEqual({ date: '2026-03-29', start })
      expect(stub.calls[1]?.body).toMatchObject({ start: { dateTime: at } })
    },
  )

  it.each<[string, Record<string, VendorReply>, boolean]>([
    ['nothing while the time zone is read', { [`GET ${EVENTS_PATH}`]: { status: 503 } }, false],
    ['nothing when there is no such time zone', { [`GET ${EVENTS_PATH}`]: { json: { timeZone: 'Mars' } } }, false],
    ['perhaps the event while it is added', { [`POST ${EVENTS_PATH}`]: { status: 503 } }, true],
  ])('has added %s, when Google gives no answer', async (_what, failing, mayHaveChanged) => {
    stub.answer({
      [`GET ${EVENTS_PATH}`]: { json: { timeZone: 'UTC' } },
      [`POST ${EVENTS_PATH}`]: theEvent,
      ...failing,
    })
    const lunch = { id: 'abc123', title: 'Lunch', startTime: '12:30', minutes: 60 }
    await expect(calendar.addToday('token', 0, lunch, signal)).rejects.toMatchObject({
      reason: 'unavailable',
      mayHaveChanged,
    })
  })

  describe('an event that was added before', () => {
    const lunch = { id: 'abc123', title: 'Lunch', startTime: '23:30', minutes: 60 }
    const addAgain = (event: VendorReply) => {
      stub.answer({
        [`GET ${EVENTS_PATH}`]: { json: { timeZone: 'Asia/Tokyo', items: [] } },
        [`POST ${EVENTS_PATH}`]: { status: 409, json: {} },
        [`GET ${EVENTS_PATH}/abc123`]: event,
      })
      return calendar.addToday('token', Date.parse('2026-11-24T18:30:00Z'), lunch, signal)
    }

    it('is reported with the day on which it is, also when that day is over', async () => {
      const start = { dateTime: '2026-11-24T23:30:00+09:00', timeZone: 'Asia/Tokyo' }
      expect(await addAgain({ json: { status: 'confirmed', start } })).toEqual({ date: '2026-11-24', start: '23:30' })
    })

    it.each<[string, VendorReply]>([
      ['cannot be found', { status: 404 }],
      ['is of a whole day by now', { json: { start: { date: '2026-11-24' } } }],
      ['was deleted', { json: { status: 'cancelled', start: { dateTime: '2026-11-24T23:30:00+09:00' } } }],
    ])('is not reported as refused, nor as added, when it %s', async (_what, event) => {
      await expect(addAgain(event)).rejects.toMatchObject({ reason: 'unavailable' })
    })
  })

  it.each([
    ['2026-12-31', '23:50', 'Asia/Kolkata', '2026-12-31T18:20:00.000Z'],
    ['2026-03-29', '01:59', 'Europe/Berlin', '2026-03-29T00:59:00.000Z'],
    ['2026-03-29', '03:00', 'Europe/Berlin', '2026-03-29T01:00:00.000Z'],
    ['2026-10-25', '03:00', 'Europe/Berlin', '2026-10-25T02:00:00.000Z'],
    ['2026-11-01', '08:00', 'America/Los_Angeles', '2026-11-01T16:00:00.000Z'],
    ['2026-11-24', '00:00', 'UTC', '2026-11-24T00:00:00.000Z'],
  ])('computes the moment of %s %s in a time zone, also around a change of clocks: %s', (date, time, zone, moment) => {
    expect(new Date(instantOf(date, time, zone)).toISOString()).toBe(moment)
    expect(dateAndTime(Date.parse(moment), zone)).toEqual({ date, time })
  })

  it.each([
    ['2026-03-29', '02:30', 'Europe/Berlin', '03:30'],
    ['2026-03-08', '02:30', 'America/New_York', '03:30'],
    ['2026-09-06', '00:30', 'America/Santiago', '01:30'],
    ['2026-10-04', '02:15', 'Australia/Lord_Howe', '02:45'],
  ])('takes a time that the clock skips as a later one of that day: %s %s %s', (date, time, zone, later) => {
    expect(dateAndTime(instantOf(date, time, zone), zone)).toEqual({ date, time: later })
  })

  it('knows the account and what was granted by Google’s token information, with no token in the URL', async () => {
    const json = { scope: 'openid https://www.googleapis.com/auth/calendar.events', email: 'alice@example.com' }
    stub.answer({ 'POST /oauth2/v3/tokeninfo': { json } })
    expect(await calendar.account('token', signal)).toEqual({
      name: 'alice@example.com',
      granted: ['openid', 'https://www.googleapis.com/auth/calendar.events'],
    })
    expect(stub.calls.map(({ path, query }) => [path, [...query]])).toEqual([['/oauth2/v3/tokeninfo', []]])
  })

  it('cuts a list that is longer than requested, and says so', async () => {
    const items = Array.from({ length: 500 }, (_, n) =>
      timed(String(n), '2026-11-24T08:00:00Z', '2026-11-24T09:00:00Z'),
    )
    stub.answer({ [`GET ${EVENTS_PATH}`]: { json: { timeZone: 'UTC', items } } })
    const listed = await calendar.today('token', Date.parse('2026-11-24T10:00:00Z'), signal)
    expect(listed).toMatchObject({ events: { length: 250 }, more: true })
  })

  it.each([
    ['another page', { nextPageToken: 'next' }, true],
    ['no other page', {}, undefined],
  ])('says that there are more events where there is %s', async (_which, page, more) => {
    const items = [timed('Stand-up', '2026-11-24T08:00:00Z', '2026-11-24T09:00:00Z')]
    stub.answer({ [`GET ${EVENTS_PATH}`]: { json: { timeZone: 'UTC', items, ...page } } })
    const events = [{ title: 'Stand-up', start: '08:00', end: '09:00' }]
    const listed = await calendar.today('token', Date.parse('2026-11-24T10:00:00Z'), signal)
    expect(listed).toEqual({ date: '2026-11-24', events, more })
  })
})
