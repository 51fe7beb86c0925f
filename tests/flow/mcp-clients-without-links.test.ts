import { type ClientAuthorization, ROUTES } from '@agent-identity/contracts'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { complaints, EVERY_LOOK } from '../support/axe.ts'
import { fillCredentials, launchChromium, signInAs } from '../support/chromium.ts'
import { modernClient, textOf } from '../support/mcp.ts'
import { startMcpStack } from '../support/mcp-stack.ts'
import type { Person } from '../support/person.ts'
import { startService } from '../support/service-process.ts'
import { signedIn, somebodyNew } from '../support/stack.ts'
import { until } from '../support/until.ts'
import { revokeAtVendor } from '../support/vendors.ts'

let stack: Awaited<ReturnType<typeof startMcpStack>>
let chromium: Browser
beforeAll(async () => {
  stack = await startMcpStack()
  chromium = await launchChromium()
})
afterAll(async () => {
  await chromium.close()
  await stack.stop()
})

const EVENTS = 'list_calendar_events'
const ADD = 'add_calendar_event'
const LUNCH = { title: 'Lunch', startTime: '12:30' }

const requestsOf = async (who: Person): Promise<ClientAuthorization[]> =>
  JSON.parse((await who.api(ROUTES.consentRequests)).body)

async function startOfOnly(who: Person): Promise<string> {
  const [only, ...others] = await requestsOf(who)
  if (!only || others.length > 0) throw new Error('Not one request')
  return only.startUrl
}

/** The page of session binding comes before the token is looked at. */
const untilNoneIsListed = (who: Person) => until(async () => (await requestsOf(who)).length === 0)

async function connectOnly(who: Person): Promise<void> {
  await who.connect(await startOfOnly(who))
  await untilNoneIsListed(who)
}

test('a client that cannot show links: its user finds each request on their page, also for more scopes and for a token that has ended', async () => {
  const [who, other] = await Promise.all([signedIn(stack), signedIn(stack)])
  const { call } = await modernClient(stack, who)
  const refused = await call(EVENTS)
  expect(refused.isError).toBe(true)
  expect(textOf(refused)).toContain(`${stack.app}/connections`)
  expect(JSON.stringify(refused)).not.toContain('/authorizations/')
  expect(await requestsOf(other)).toEqual([])
  expect((await other.api(await startOfOnly(who))).status).toBe(404)
  await connectOnly(who)
  expect(textOf(await call(EVENTS))).toContain(who.username)

  // The account is connected only for reading.
  expect(textOf(await call(ADD, LUNCH))).toContain('“Add, change and remove events in your calendars”')
  await connectOnly(who)
  expect((await call(ADD, LUNCH)).structuredContent).toMatchObject({ title: 'Lunch' })

  // Nothing tells us of this revocation before the next call.
  await revokeAtVendor(stack, 'google-calendar', who.username)
  expect(textOf(await call(EVENTS))).toContain(`${stack.app}/connections`)
  await connectOnly(who)
  expect(textOf(await call(EVENTS))).toContain('Lunch')
})

test('after a denial, a client that cannot show links asks again with its next call', async () => {
  const who = await signedIn(stack)
  const { call } = await modernClient(stack, who)
  await call(EVENTS)
  await who.decide(await who.start(await startOfOnly(who)), 'deny')
  await untilNoneIsListed(who)
  expect(textOf(await call(EVENTS))).toContain(`${stack.app}/connections`)
})

test('the list is only for a user who is signed in, is only read, and only so often', async () => {
  const who = await somebodyNew(stack)
  expect((await who.api(ROUTES.consentRequests)).status).toBe(401)
  await who.signIn()
  expect((await who.api(ROUTES.consentRequests, { method: 'DELETE' })).status).toBe(405)
  const { url: via, stop } = await startService(stack, 'agent-workload', { CONNECTION_READS_PER_USER_PER_MINUTE: '2' })
  const statuses: number[] = []
  for (let n = 0; n < 4; n++) statuses.push((await who.api(ROUTES.consentRequests, { via })).status)
  await stop()
  expect(statuses).toEqual([200, 200, 429, 429])
})

async function consentAtVendor(page: Page, who: Person): Promise<void> {
  await fillCredentials(page, who)
  await page.getByRole('button', { name: 'Authorize' }).click()
  await page.getByRole('heading', { name: 'Google Calendar connected' }).waitFor()
}

test('in Chromium the page of connected accounts shows a new request when its user comes back to it, and leads to the consent', async () => {
  const who = await somebodyNew(stack)
  const { call } = await modernClient(stack, who)
  const page = await (await chromium.newContext()).newPage()
  await signInAs(page, who)
  await page.goto(`${stack.app}/connections`)
  const section = page.getByRole('region', { name: 'Asked for by your applications' })
  await page.getByText('Connect it now, or when the agent asks for it.').first().waitFor()
  expect(await section.count()).toBe(0)

  await call(EVENTS)
  // The response to an earlier reading may still be on its way.
  const read = page.waitForResponse(
    async (response) => response.url().endsWith(ROUTES.consentRequests) && (await response.json()).length === 1,
  )
  await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
  await read
  await page.evaluate('new Promise(requestAnimationFrame)')
  expect(await section.count()).toBe(0)
  await page.evaluate("dispatchEvent(new Event('focus'))")
  const connect = section.getByRole('link', { name: 'Connect Google Calendar' })
  await connect.waitFor()
  expect(await section.textContent()).toMatch(
    /calls itself Test client \(client id mcp-client\) asks for Google Calendar/,
  )
  expect(await section.textContent()).toContain('See the events in your calendars')
  await section.getByText(/^\d+:\d\d left$/).waitFor()
  expect(await complaints(page, EVERY_LOOK)).toEqual([])

  await page.reload()
  await connect.click()
  await consentAtVendor(page, who)
  expect(textOf(await call(EVENTS))).toContain(who.username)
  await page.goto(`${stack.app}/connections`)
  await page
    .getByRole('row', { name: /Google Calendar/ })
    .getByText('Connected')
    .waitFor()
  expect(await section.count()).toBe(0)
})
