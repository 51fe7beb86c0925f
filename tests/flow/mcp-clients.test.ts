import { userRef } from '@agent-identity/service-runtime'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { complaints } from '../support/axe.ts'
import { fillCredentials, launchChromium } from '../support/chromium.ts'
import { disconnectToTheEnd } from '../support/disconnect-to-the-end.ts'
import { CLIENT_METADATA, type ModernClient, modernClient, rawCall, textOf } from '../support/mcp.ts'
import { startMcpStack } from '../support/mcp-stack.ts'
import { startOtherSite } from '../support/other-site.ts'
import { outcomeOf, type Person } from '../support/person.ts'
import { withRedis } from '../support/redis.ts'
import { userSessionOf } from '../support/secrets.ts'
import { emulatorOf, person, signedIn, somebodyNew } from '../support/stack.ts'
import { startTlsServer } from '../support/tls-server.ts'
import { until } from '../support/until.ts'

let stack: Awaited<ReturnType<typeof startMcpStack>>
beforeAll(async () => {
  stack = await startMcpStack()
})
afterAll(() => stack.stop())

const EVENTS = 'list_calendar_events'

/** Follows a link on another site, in a browser without a user session, to our page about the request. */
async function openFromAnotherSite(page: Page, somebody: Person, url: string): Promise<void> {
  const site = await startOtherSite('127.0.0.1', { '/': `<a href="${url}">Open</a>` })
  await page.goto(site.origin)
  await page.getByRole('link', { name: 'Open' }).click()
  await fillCredentials(page, somebody)
  await page.getByText('It calls itself Test client').waitFor()
  expect(await complaints(page)).toEqual([])
  await site.close()
}

async function goOnToConsent(page: Page, somebody: Person): Promise<void> {
  await page.getByRole('link', { name: 'Connect Google Calendar' }).click()
  await fillCredentials(page, somebody)
  await page.getByRole('button', { name: 'Authorize' }).click()
  await page.getByRole('heading', { name: 'Google Calendar connected' }).waitFor()
}

describe('a client of 2026-07-28', () => {
  test('is shown our start link, and the same call returns the events once its user has consented', async () => {
    const alice = person(stack, 'alice')
    const { client, shown, call } = await modernClient(stack, alice, async (url) => {
      expect(outcomeOf(await alice.consent(url))).toBe('bound')
      return 'accept'
    })
    const result = await call(EVENTS)
    expect(textOf(result)).toContain('Stand-up')
    expect(JSON.stringify(result.structuredContent)).toContain('Stand-up')
    expect(shown).toHaveLength(1)
    expect(shown[0]?.message).toBe(
      'To go on, connect Google Calendar in your browser. It asks you for: “See the events in your calendars”, “See your e-mail address”.',
    )
    expect(shown[0]?.url).toMatch(new RegExp(`^${stack.app}/authorizations/[\\w-]{22}/start$`))

    const count = await emulatorOf(stack).counting()
    expect(textOf(await call(EVENTS))).toContain('Dentist')
    expect(shown).toHaveLength(1)
    // The agent workload asks for tokens, too.
    expect(await count('GetResourceOauth2Token', 'mcp-server')).toBe(1)
    expect(await count('GetWorkloadAccessTokenForJWT', 'mcp-server')).toBeLessThanOrEqual(1)
    await alice.signIn()
    const { stream } = await alice.ask('What is on my calendar today?')
    expect(await stream.answer()).toContain('Stand-up')
    expect(stream.events.map(({ event }) => event)).not.toContain('authorization_required')
    expect((await alice.api('/connections')).body).toContain('Last used by Test client (mcp-client)')
    await client.close()
  })

  test('asks for a consent again when its user has disconnected, and goes on after it', async () => {
    const somebody = await signedIn(stack)
    const opened: string[] = []
    const { shown, call } = await modernClient(stack, somebody, async (url) => {
      // Like a client that opens the link itself.
      const page = await somebody.browser.send(new URL(url), { headers: { 'sec-fetch-site': 'none' } })
      opened.push(page.status === 303 ? 'at once' : (page.body.match(/class="button"[^>]*>([^<]*)/)?.[1] ?? ''))
      expect(outcomeOf(await somebody.consent(url))).toBe('bound')
      return 'accept'
    })
    expect(textOf(await call(EVENTS))).toContain(somebody.username)
    const ended = await disconnectToTheEnd(somebody, 'google-calendar')
    expect(ended).toMatchObject({ status: 'disconnected', outcome: 'revoked' })
    expect(textOf(await call(EVENTS))).toContain(somebody.username)
    expect(shown).toHaveLength(2)
    expect(opened).toEqual(['at once', 'Connect Google Calendar'])
  })

  test('gets the result in the call that waits while its user consents', async () => {
    const bob = await signedIn(stack)
    let consent: Promise<string> = Promise.resolve('')
    const { shown, call } = await modernClient(stack, bob, async (url) => {
      // The client goes on when it has opened a browser.
      consent = bob.consent(url).then(outcomeOf)
      return 'accept'
    })
    expect(textOf(await call(EVENTS))).toContain(bob.username)
    expect(await consent).toBe('bound')
    expect(shown).toHaveLength(1)
  })

  test('that is a page of another site sends Chromium to a page with one button, and its waiting call gets the result', async () => {
    const somebody = await somebodyNew(stack)
    const chromium = await launchChromium()
    const page = await chromium.newPage()
    let consent: Promise<void> = Promise.resolve()
    const { shown, call } = await modernClient(stack, somebody, async (url) => {
      await openFromAnotherSite(page, somebody, url)
      // The page is opened before the call waits: on a busy machine, all steps together may take longer than it waits.
      consent = goOnToConsent(page, somebody)
      return 'accept'
    })
    expect(textOf(await call(EVENTS))).toContain(somebody.username)
    await consent
    expect(shown).toHaveLength(1)
    await chromium.close()
  })

  test('is known by the address of its metadata document, which the issuer reads', async () => {
    const somebody = await somebodyNew(stack)
    const read: string[] = []
    const server = await startTlsServer((request, response) => {
      read.push(request.url ?? '')
      const document = { ...CLIENT_METADATA, client_id: `${server.url}${request.url}` }
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document))
    })
    let client: ModernClient | undefined
    // The issuer waits for a document only for a limited time, so this may need several attempts.
    await until(async () => {
      client = await modernClient(stack, somebody, undefined, `${server.url}/client.json`).catch(() => undefined)
      return client !== undefined
    })
    const accessToken = client?.accessToken() ?? ''
    const [, payload = ''] = accessToken.split('.')
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({
      client_id: `${server.url}/client.json`,
      aud: stack.mcp,
    })
    expect(new Set(read)).toEqual(new Set(['/client.json']))
    expect((await rawCall(stack, accessToken, {})).json.result?.resultType).toBe('input_required')
    await server.close()
  })

  test('that has registered itself can do the same, and what is connected in the chat is connected there', async () => {
    const somebody = await signedIn(stack)
    const { stream } = await somebody.ask('List my repositories')
    await somebody.connect((await stream.next('authorization_required')).data.startUrl)
    await stream.answer()
    const { shown, call } = await modernClient(stack, somebody, async () => 'cancel', '')
    expect(textOf(await call('list_repositories'))).toContain(`repo-of-${somebody.username}`)
    expect(shown).toEqual([])
  })

  test('is told when its user declines, and nothing can be opened any more', async () => {
    const somebody = await signedIn(stack)
    let link = ''
    const { call, accessToken } = await modernClient(stack, somebody, async (url) => {
      link = url
      // Declining also cancels the authorization that this starts.
      await somebody.start(url)
      return 'decline'
    })
    const result = await call(EVENTS)
    expect(result.isError).toBe(true)
    expect(textOf(result)).toBe('The user did not want to connect Google Calendar now.')
    expect((await somebody.browser.navigate(link)).status).toBe(409)
    const again = await rawCall(stack, accessToken(), {})
    expect(again.json.result?.resultType).toBe('input_required')
    expect(again.body).not.toContain(link)
  })

  test('is told when its user denies at the vendor', async () => {
    const somebody = await signedIn(stack)
    const { call } = await modernClient(stack, somebody, async (url) => {
      await somebody.decide(await somebody.start(url), 'deny')
      return 'accept'
    })
    expect(textOf(await call(EVENTS))).toBe('The user did not allow access to Google Calendar.')
  })

  test('sees the tools with their schemas and what they do', async () => {
    const { client } = await modernClient(stack, await somebodyNew(stack))
    const { tools } = await client.listTools()
    const add = tools.find(({ name }) => name === 'add_calendar_event')
    expect(add).toMatchObject({
      title: 'Add calendar event',
      annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true },
      inputSchema: { type: 'object', required: ['title', 'startTime'] },
    })
    expect(tools.find(({ name }) => name === EVENTS)?.annotations).toMatchObject({ readOnlyHint: true })
  })

  test('does a change once, however often the call is sent', async () => {
    const somebody = await signedIn(stack)
    const { call } = await modernClient(stack, somebody, async (url) => {
      await somebody.connect(url)
      return 'accept'
    })
    const event = { title: 'Lunch', startTime: '12:30' }
    const first = await call('add_calendar_event', event)
    const second = await call('add_calendar_event', event)
    expect(first.structuredContent).toMatchObject({ title: 'Lunch' })
    expect(second.structuredContent).toEqual(first.structuredContent)
    expect(second.content).toMatchObject([{ text: expect.stringContaining('Nothing was done now') }, { type: 'text' }])
    expect([first._meta?.repeated, second._meta?.repeated]).toEqual([undefined, true])
    expect(textOf(await call(EVENTS)).match(/Lunch/g)).toHaveLength(1)
  })
})

test('a client of a user who has erased everything is refused with its token of before, and what it had asked for is gone', async () => {
  const who = await signedIn(stack)
  const { accessToken } = await modernClient(stack, who)
  const asked = await rawCall(stack, accessToken(), {})
  expect(asked.json.result?.resultType).toBe('input_required')
  const user = userRef((await userSessionOf(stack, who)).user)
  const requests = () => withRedis(stack, (redis) => redis.keys(`authorization*{${user}}*`))
  expect((await requests()).length).toBeGreaterThan(1)
  expect(JSON.parse((await who.api('/api/me/data')).body).authorizations).toMatchObject([{ status: 'open' }])

  expect((await who.api('/api/me', { method: 'DELETE' })).status).toBe(200)
  expect(await requests()).toEqual([])
  const refused = await rawCall(stack, accessToken(), {})
  expect(refused.status).toBe(401)
  expect(await requests()).toEqual([])
  await until(async () => {
    // A token that was issued in the same second as the erasure is refused.
    const again = await modernClient(stack, who).catch(() => undefined)
    return again !== undefined && (await rawCall(stack, again.accessToken(), {})).status === 200
  })
})
