import { startVendorStub } from '@agent-identity/provider-kit/vendor-stub'
import { startVendor } from '@agent-identity/stand-in-kit/test-support'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createMicrosoftClient } from './client.ts'
import { standIn } from './stand-in.ts'
import { microsoftAtWork } from './tools.ts'

const { signal } = new AbortController()
const NOW = Date.parse('2026-11-24T10:00:00Z')
let vendor: Awaited<ReturnType<typeof startVendor>>
let stub: Awaited<ReturnType<typeof startVendorStub>>
beforeAll(async () => {
  ;[vendor, stub] = await Promise.all([startVendor(standIn), startVendorStub()])
})
afterAll(() => Promise.all([vendor.close(), stub.stop()]))

const work = () => microsoftAtWork({ url: `${vendor.origin}/v1.0`, timeoutMs: 60_000 })
async function acts(name: string, scope: string) {
  const { access_token: accessToken } = await vendor.consent('alice', scope)
  const tool = work().tools.find((one) => one.name === name)
  return tool?.act({}, { accessToken, effectId: 'e', now: NOW, signal })
}

test('reads the profile and the calendar of the token’s user, and names the account by its address', async () => {
  expect(await acts('read_microsoft_profile', 'User.Read')).toMatchObject({ address: 'alice@example.com' })
  expect(await acts('list_outlook_events', 'User.Read Calendars.ReadBasic')).toMatchObject({
    events: [{ title: 'Review with alice', start: '2026-11-24T11:00Z', end: '2026-11-24T12:00Z' }],
  })
  const { access_token: accessToken } = await vendor.consent('bob', 'User.Read')
  expect(await work().account(accessToken, signal)).toEqual({ name: 'bob@example.com' })
})

test('a call is refused without the scope, and with an invalid token', async () => {
  await expect(acts('list_outlook_events', 'User.Read')).rejects.toMatchObject({ reason: 'forbidden' })
  await expect(work().account('wrong', signal)).rejects.toMatchObject({ reason: 'token-rejected' })
})

test('requests the given period, cuts a list that is longer than requested, and says when there are more', async () => {
  const time = { dateTime: '2026-11-24T11:00:00.0000000', timeZone: 'UTC' }
  const value = Array.from({ length: 80 }, () => ({ subject: null, start: time, end: time }))
  stub.answer({ 'GET /me/calendarView': { json: { value } } })
  const client = createMicrosoftClient({ url: stub.url, timeoutMs: 60_000 })
  const day = { from: NOW, to: NOW + 86_400_000 }
  const { events, more } = await client.events('token', day, signal)
  expect([events.length, events[0]?.title, more]).toEqual([50, '(no title)', true])
  expect(stub.calls).toMatchObject([{ authorization: 'Bearer token' }])
  expect(Object.fromEntries(stub.calls[0]?.query ?? [])).toMatchObject({
    startDateTime: '2026-11-24T10:00:00.000Z',
    endDateTime: '2026-11-25T10:00:00.000Z',
    $top: '50',
  })
  stub.answer({ 'GET /me/calendarView': { json: { value: value.slice(0, 2) } } })
  expect(await client.events('token', day, signal)).toEqual({ events: events.slice(0, 2) })
  const next = { '@odata.nextLink': 'https://graph.microsoft.com/v1.0/me/calendarView?$skip=2' }
  stub.answer({ 'GET /me/calendarView': { json: { value: value.slice(0, 2), ...next } } })
  expect(await client.events('token', day, signal)).toEqual({ events: events.slice(0, 2), more: true })
  // The link to more events is not followed: it could lead anywhere.
  expect(stub.calls).toHaveLength(1)
})
