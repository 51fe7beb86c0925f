import { startVendor } from '@agent-identity/stand-in-kit/test-support'
import { auth, calendar } from '@googleapis/calendar'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { googleCalendar } from './provider.ts'
import { standIn } from './stand-in.ts'

const READ = 'https://www.googleapis.com/auth/calendar.readonly'
const WRITE = 'https://www.googleapis.com/auth/calendar.events'
const OFFLINE = { access_type: 'offline', prompt: 'consent' }

// The date is fixed, because a day could end during a test. Timers stay real.
jest.useFakeTimers({
  now: new Date(2026, 10, 24, 12),
  doNotFake: [
    ...(['hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate', 'clearImmediate'] as const),
    ...(['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] as const),
  ],
})

let google: Awaited<ReturnType<typeof startVendor>>
beforeAll(async () => {
  google = await startVendor(standIn)
})
afterAll(() => google.close())

function client(access_token: string) {
  const credentials = new auth.OAuth2()
  credentials.setCredentials({ access_token })
  return calendar({ version: 'v3', auth: credentials, rootUrl: `${google.origin}/`, retry: false })
}

function today() {
  const midnight = new Date()
  midnight.setHours(0, 0, 0, 0)
  const next = new Date(midnight)
  next.setDate(next.getDate() + 1)
  return { timeMin: midnight.toISOString(), timeMax: next.toISOString(), singleEvents: true, orderBy: 'startTime' }
}

const refresh = (refresh_token: string) => google.requestToken({ grant_type: 'refresh_token', refresh_token })

const refusal = (status: number, reason: string) => ({
  status,
  response: { data: { error: { errors: [{ reason }] } } },
})

describe('Google, authorization', () => {
  test('gives a refresh token with access_type=offline only', async () => {
    expect(await google.consent('alice', READ)).not.toHaveProperty('refresh_token')
    expect(await google.consent('alice', READ, OFFLINE)).toMatchObject({
      refresh_token: expect.any(String),
      expires_in: 3_600,
      scope: READ,
    })
  })

  test('gives no refresh token without a new consent', async () => {
    const { browser, page } = await google.signIn('alice', READ, OFFLINE)
    await browser.submit(page, { decision: 'authorize' })
    const { page: asked } = await google.signIn('alice', READ, OFFLINE, browser)
    expect(asked.html).toContain('>Authorize<')
    expect(await google.exchange(await browser.submit(asked, { decision: 'authorize' }))).toHaveProperty(
      'refresh_token',
    )
    const { page: silent } = await google.signIn('alice', READ, { access_type: 'offline' }, browser)
    expect(await google.exchange(silent)).not.toHaveProperty('refresh_token')
  })

  test('lets a user leave scopes out, says what was granted, and asks for the rest once more', async () => {
    const EMAIL = 'https://www.googleapis.com/auth/userinfo.email'
    const asked = `${EMAIL} ${READ} ${WRITE}`
    const info = async (access_token: string) => {
      const headers = { authorization: `Bearer ${access_token}` }
      return (await (await fetch(`${google.origin}/oauth2/v3/tokeninfo`, { method: 'POST', headers })).json()) as object
    }
    const { browser, page } = await google.signIn('alice', asked, OFFLINE)
    // There is no box for the address.
    expect(page.html.match(/type="checkbox" name="allow [^"]+"/g)).toHaveLength(2)
    const chosen = { decision: 'authorize', boxes: 'shown' }
    const part = await google.exchange(await browser.submit(page, { ...chosen, [`allow ${READ}`]: 'yes' }))
    expect(await info(part.access_token)).toMatchObject({
      scope: `${EMAIL} ${READ} openid`,
      email: 'alice@example.com',
    })
    await expect(client(part.access_token).events.insert({ calendarId: 'primary' })).rejects.toMatchObject({
      status: 403,
    })

    const { page: again } = await google.signIn('alice', asked, OFFLINE, browser)
    const all = { ...chosen, [`allow ${READ}`]: 'yes', [`allow ${WRITE}`]: 'yes' }
    const { access_token } = await google.exchange(await browser.submit(again, all))
    expect(await info(access_token)).toMatchObject({ scope: expect.stringContaining(WRITE) })
    // The stand-in takes the token only in the header: a query gets into logs.
    const inQuery = await fetch(`${google.origin}/oauth2/v3/tokeninfo?access_token=${access_token}`, { method: 'POST' })
    expect(inQuery.status).toBe(400)
  })

  test('accepts no refresh token twice, and then ends the grant', async () => {
    const { refresh_token = '' } = await google.consent('alice', READ, OFFLINE)
    const second = (await (await refresh(refresh_token)).json()) as Record<string, string>
    expect(second.refresh_token).not.toBe(refresh_token)
    expect((await refresh(refresh_token)).status).toBe(400)
    expect((await refresh(second.refresh_token ?? '')).status).toBe(400)
    await expect(client(second.access_token ?? '').calendars.get({ calendarId: 'primary' })).rejects.toMatchObject({
      status: 401,
    })
  })

  test('ends the whole grant of a token that is revoked', async () => {
    const { access_token, refresh_token = '' } = await google.consent('alice', READ, OFFLINE)
    const revoke = () => fetch(`${google.origin}/revoke?token=${refresh_token}`, { method: 'POST' })
    expect((await revoke()).status).toBe(200)
    expect((await revoke()).status).toBe(400)
    await expect(client(access_token).calendars.get({ calendarId: 'primary' })).rejects.toMatchObject({ status: 401 })
  })
})

describe('Google, Calendar API', () => {
  test('refuses a wrong token, and a scope that was not granted, in the way that the client understands', async () => {
    await expect(client('wrong').events.list({ calendarId: 'primary' })).rejects.toMatchObject(
      refusal(401, 'authError'),
    )
    const { access_token } = await google.consent('alice', READ)
    const insert = client(access_token).events.insert({ calendarId: 'primary', requestBody: { summary: 'Lunch' } })
    await expect(insert).rejects.toMatchObject(refusal(403, 'insufficientPermissions'))
  })

  test('shows each person their own day, and no other calendar', async () => {
    const titles = async (username: string) => {
      const api = client((await google.consent(username, READ)).access_token)
      return (await api.events.list({ calendarId: 'primary', ...today() })).data.items?.map(({ summary }) => summary)
    }
    expect(await titles('alice')).toEqual(['Stand-up', 'Dentist'])
    expect(await titles('bob')).toEqual(['Board meeting'])
    expect(await titles('carol')).toEqual(['Meeting of carol'])

    const alice = client((await google.consent('alice', READ)).access_token)
    expect((await alice.calendars.get({ calendarId: 'primary' })).data.id).toBe('alice@example.com')
    await expect(alice.events.list({ calendarId: 'bob@example.com' })).rejects.toMatchObject({ status: 404 })
  })

  test('keeps an event once, however often its id is sent', async () => {
    const api = client((await google.consent('dave', `${READ} ${WRITE}`)).access_token)
    const noon = new Date()
    noon.setHours(12, 30, 0, 0)
    const requestBody = {
      id: 'lunch0123456789',
      summary: 'Lunch',
      start: { dateTime: noon.toISOString() },
      end: { dateTime: new Date(noon.getTime() + 1_800_000).toISOString() },
    }
    const { data } = await api.events.insert({ calendarId: 'primary', requestBody })
    expect(data).toMatchObject({ id: 'lunch0123456789', summary: 'Lunch', status: 'confirmed' })
    const again = api.events.insert({ calendarId: 'primary', requestBody })
    await expect(again).rejects.toMatchObject(refusal(409, 'duplicate'))
    const read = (eventId: string) => api.events.get({ calendarId: 'primary', eventId })
    expect((await read('lunch0123456789')).data).toMatchObject(requestBody)
    await expect(read('dinner0123456789')).rejects.toMatchObject(refusal(404, 'notFound'))
    const { data: list } = await api.events.list({ calendarId: 'dave@example.com', ...today() })
    expect(list.items?.map(({ summary }) => summary)).toEqual(['Meeting of dave', 'Lunch'])
  })

  test.each([
    [{ timeMin: '2026-01-02T00:00:00Z', timeMax: '2026-01-01T00:00:00Z' }, 'timeRangeEmpty'],
    [{ orderBy: 'startTime' }, 'badRequest'],
    [{ timeMin: 'yesterday' }, 'badRequest'],
  ])('answers 400 to the query %j', async (query, reason) => {
    const api = client((await google.consent('alice', READ)).access_token)
    await expect(api.events.list({ calendarId: 'primary', ...query })).rejects.toMatchObject(refusal(400, reason))
  })
})

describe('Google, accounts', () => {
  const EMAIL = 'https://www.googleapis.com/auth/userinfo.email'
  const addressOf = async ({ access_token }: { access_token: string }) => {
    const headers = { authorization: `Bearer ${access_token}` }
    const answer = await fetch(`${google.origin}/oauth2/v3/tokeninfo`, { method: 'POST', headers })
    return ((await answer.json()) as { email: string }).email
  }
  const authorized = async ({ browser, page }: Awaited<ReturnType<typeof google.signIn>>) =>
    addressOf(await google.exchange(await browser.submit(page, { decision: 'authorize' })))

  test('login_hint preselects the account, and its user may choose another one', async () => {
    const { browser, page } = await google.signIn('alice', EMAIL, { login_hint: 'alice@example.com' })
    expect(await authorized({ browser, page })).toBe('alice@example.com')
    const hinted = { login_hint: 'alice-home@example.com', prompt: 'consent' }
    const home = await google.request(EMAIL, hinted, browser)
    expect(home.html).toMatch(/value="alice-home" type="submit" class="primary"/)
    expect(await authorized({ browser, page: await browser.submit(home, { account: 'alice-home' }) })).toBe(
      'alice-home@example.com',
    )
    const again = await google.request(EMAIL, hinted, browser)
    expect(await authorized({ browser, page: again })).toBe('alice-home@example.com')
    const other = await google.request(EMAIL, { ...hinted, prompt: 'consent select_account' }, browser)
    expect(await authorized({ browser, page: await browser.submit(other, { account: 'alice' }) })).toBe(
      'alice@example.com',
    )
  })

  test('gives a refresh token also to a user who has consented before and chooses among accounts', async () => {
    const { customParameters, accountChoice } = googleCalendar
    const choosing = { ...customParameters, ...accountChoice?.chooser }
    expect(choosing.prompt).toContain('select_account')
    const { browser, page } = await google.signIn('alice', EMAIL, customParameters)
    await browser.submit(page, { decision: 'authorize' })
    const chosen = await browser.submit(await google.request(EMAIL, choosing, browser), { account: 'alice' })
    expect(chosen.html).toContain('>Authorize<')
    const tokens = await google.exchange(await browser.submit(chosen, { decision: 'authorize' }))
    expect(tokens).toMatchObject({ refresh_token: expect.any(String) })
  })

  test('the chooser accepts no account of another user', async () => {
    const { browser } = await google.signIn('alice', EMAIL)
    const chooser = await google.request(EMAIL, { prompt: 'select_account' }, browser)
    expect((await browser.submit(chooser, { account: 'bob' })).status).toBe(400)
  })
})
