import {
  type Authorization,
  type AuthorizationId,
  BINDING_OUTCOMES,
  type BindingOutcome,
  NO_CONNECTIONS,
} from '@agent-identity/contracts'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import {
  accountPage,
  cannotStartPage,
  clientAuthorizationPage,
  homePage,
  notFoundPage,
  otherConsentOpenPage,
  problemPage,
  signedOutPage,
  signInFailedPage,
  usersPage,
} from '../../services/agent-workload/src/page/index.ts'
import { bindingPage } from '../../services/session-binding/src/page/binding-page.ts'
import { complaints, EVERY_LOOK, TWO_LOOKS } from '../support/axe.ts'
import { ask, launchChromium, signInAs } from '../support/chromium.ts'
import { isFocused, press, typeCredentials } from '../support/keyboard.ts'
import { eventsOfEveryCard, rowsOfEveryState } from '../support/page-states.ts'
import { somebodyNew, stackOfThisWorker } from '../support/stack.ts'

/** Buttons, and links that look like a button, without the quiet and the dangerous ones. */
const PRIMARY = ':is(button, .button):visible:not(.button-quiet):not(.button-danger)'

const stack = stackOfThisWorker()
let chromium: Browser
beforeAll(async () => {
  chromium = await launchChromium()
})
afterAll(() => chromium.close())

test('by keyboard alone from sign-in to disconnect, also where the browser opens no tab; the row follows by itself', async () => {
  const somebody = await somebodyNew(stack)
  const context = await chromium.newContext()
  const page = await context.newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(String(error)))
  // As in a browser that blocks pop-ups.
  await page.addInitScript('window.open = () => null')
  await page.goto(new URL('/connections', stack.app).href)
  await page.getByLabel('Username').waitFor()
  expect(await complaints(page, TWO_LOOKS)).toEqual([])
  await typeCredentials(page, somebody)

  const row = page.getByRole('row', { name: /GitHub/ })
  await press(page, row.getByRole('button', { name: 'Connect' }))
  const opened = context.waitForEvent('page')
  await row.getByText('The browser did not let this page open a tab.').waitFor()
  await row.getByText('Waiting for your consent').waitFor()
  await press(page, row.getByRole('link', { name: 'Continue to GitHub' }))
  const tab = await opened
  expect(await tab.evaluate('window.opener')).toBeNull()
  await typeCredentials(tab, somebody)
  await tab.getByRole('button', { name: 'Authorize' }).waitFor()
  expect(await complaints(tab, TWO_LOOKS)).toEqual([])
  await press(tab, tab.getByRole('button', { name: 'Authorize' }))
  await tab.getByRole('heading', { name: 'GitHub connected' }).waitFor()
  await tab.close()

  await row.getByText('Connected', { exact: true }).waitFor()
  await row.getByText(somebody.username).waitFor()
  // The focused link is gone, and the focus stays in the row.
  expect(
    await row.evaluate((element: { matches(selector: string): boolean }) => element.matches(':focus-within')),
  ).toBe(true)
  await press(page, row.getByRole('button', { name: 'Disconnect' }))
  const dialog = page.getByRole('dialog', { name: 'Disconnect GitHub?' })
  expect(await dialog.getByRole('button', { name: 'Keep' }).evaluate(isFocused)).toBe(true)
  expect(await complaints(page, EVERY_LOOK)).toEqual([])
  await press(page, dialog.getByRole('button', { name: 'Disconnect' }))
  await row.getByText('GitHub has ended the access.').waitFor()
  expect(await row.evaluate(isFocused)).toBe(true)
  expect(errors).toEqual([])
  await context.close()
})

test('axe has nothing against a row of the connections in any state, and its buttons ask for what they say', async () => {
  const context = await chromium.newContext()
  const page = await context.newPage()
  await page.route('**/api/connections', (route) => route.fulfill({ json: rowsOfEveryState() }))
  await signInAs(page, await somebodyNew(stack), '/connections')
  const rows = page.locator('#connection-rows tr')
  await page.getByRole('row', { name: /Service 7/ }).waitFor()
  expect(await rows.count()).toBe(rowsOfEveryState().length)
  for (const row of await rows.all()) expect(await row.locator(PRIMARY).count()).toBeLessThan(2)
  expect(await complaints(page, EVERY_LOOK)).toEqual([])
  const asked: unknown[] = []
  await page.route('**/api/connections/service-*/**', (route) => {
    const request = route.request()
    asked.push([request.method(), request.url().replace(/^.*\/api\/connections/, ''), request.postDataJSON()])
    return route.fulfill({ json: { connected: true } })
  })
  const rowOf = (words: string) => rows.filter({ hasText: words }).first()
  const click = async (words: string, name: string) => {
    const answered = page.waitForResponse((response) => response.url().includes('/api/connections/service-'))
    await rowOf(words).getByRole('button', { name, exact: true }).click()
    await answered
    await rowOf(words).getByText('One moment…').waitFor({ state: 'detached' })
  }
  await rowOf('Not connected').getByLabel('Which account?').fill(' alice@work ')
  await click('Not connected', 'Connect')
  await click('Another account was connected', 'Use it')
  await click('Another account was connected', 'Try again')
  await click('Needs reconnecting', 'Make default')
  await click('Last used', 'Reconnect')
  await rowOf('Last used').getByRole('button', { name: 'Add account' }).click()
  const dialog = page.getByRole('dialog', { name: /Add an account at Service/ })
  await dialog.getByLabel('Which account?').fill('bob@home')
  expect(await complaints(page, EVERY_LOOK)).toEqual([])
  const added = page.waitForResponse(/service-/)
  await page.keyboard.press('Enter')
  await added
  const [wrong, lost, used] = ['wrong_account', 'needs_reauthorization', 'connected'].map((status) =>
    rowsOfEveryState().find((row) => row.status === status),
  )
  expect(asked).toEqual([
    ['POST', '/service-0/authorizations', { hint: 'alice@work' }],
    ['POST', `/${wrong?.provider}/acceptance?account=${wrong?.accountId}`, { generation: wrong?.generation }],
    ['POST', `/${wrong?.provider}/authorizations`, { account: wrong?.accountId }],
    ['PUT', `/${lost?.provider}/default`, { account: lost?.accountId }],
    ['POST', `/${used?.provider}/authorizations`, { account: used?.accountId }],
    ['POST', `/${used?.provider}/authorizations`, { hint: 'bob@home', anotherAccount: true }],
  ])
  await context.close()
})

test('axe has nothing against the chat, with each kind of card', async () => {
  const context = await chromium.newContext()
  const page = await context.newPage()
  await signInAs(page, await somebodyNew(stack))
  await page.getByRole('button', { name: 'Send' }).waitFor()
  expect(await complaints(page, EVERY_LOOK)).toEqual([])

  const [conversationId, turnId] = ['c'.repeat(22), `${'c'.repeat(22)}.${'t'.repeat(11)}`]
  const events = eventsOfEveryCard().map(
    ({ event, data }, n) => `id: ${n}-0\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`,
  )
  const eventsUrl = `/api/turns/${turnId}/events`
  await page.route(`**${eventsUrl}`, (route) =>
    route.fulfill({ contentType: 'text/event-stream', body: `retry: 600000\n\n${events.join('')}` }),
  )
  await page.route('**/api/turns', (route) =>
    route.fulfill({ status: 202, json: { conversationId, turnId, eventsUrl } }),
  )
  await ask(page, 'What is there?')
  const wrong = page.locator('section.card', { hasText: 'bob@home came, and not the one that was expected.' })
  await wrong.getByRole('link', { name: 'See it in your connected accounts' }).waitFor()
  await page.getByRole('heading', { name: 'Do the remaining one?' }).waitFor()
  for (const card of await page.locator('section.card').all())
    expect(await card.locator(PRIMARY).count()).toBeLessThan(2)
  const partial = page.locator('section.card', { hasText: 'You left this out when you connected First' })
  expect(await partial.locator('.missing li').allTextContents()).toEqual(['Change your things'])
  await page.getByText('waits until you connect First or cancel, and you confirm').waitFor()
  expect(await complaints(page, EVERY_LOOK)).toEqual([])
  await context.close()
})

const user = { subject: 's', name: 'Alice Example', email: 'alice@example.com' }
const address = new URL('/not-a-page', stack.app).href

/** Shows a page at the app's origin, without the app's headers. */
async function show(page: Page, body: string): Promise<void> {
  await page.unroute(address)
  await page.route(address, (route) => route.fulfill({ contentType: 'text/html', body }))
  await page.goto(address)
}

test('axe has nothing against the pages that erase a user, nor against their dialogs', async () => {
  const context = await chromium.newContext()
  const page = await context.newPage()
  await show(page, accountPage({ user, isAdministrator: true }))
  await page.getByRole('button', { name: 'Erase everything about me' }).waitFor()
  expect(await complaints(page, EVERY_LOOK)).toEqual([])
  await page.getByRole('button', { name: 'Erase everything about me' }).click()
  expect(await complaints(page, TWO_LOOKS)).toEqual([])

  await show(page, usersPage({ user, issuer: 'https://issuer.example' }))
  await page.getByLabel('Subject').fill('somebody')
  expect(await complaints(page, EVERY_LOOK)).toEqual([])
  await page.keyboard.press('Enter')
  await page.getByRole('dialog', { name: 'End this user?' }).waitFor()
  expect(await complaints(page, TWO_LOOKS)).toEqual([])
  await context.close()
})

test('axe has nothing against any other page', async () => {
  const context = await chromium.newContext()
  const page = await context.newPage()
  const now = Date.now()
  const asked = {
    id: 'asked' as AuthorizationId,
    displayName: 'GitHub',
    client: { clientId: 'editor' },
    provider: 'github',
    waits: [{ waiter: 'a call', scopes: 'repo' }],
  } as unknown as Authorization
  const pages: [string, string][] = [
    ['where there is no chat page', homePage({ user })],
    ['signed out', signedOutPage()],
    ['a failed sign-in', signInFailedPage()],
    ['not found', notFoundPage()],
    ['cannot start', cannotStartPage()],
    ['a problem', problemPage({ title: 'A problem', advice: 'Do this.', requestId: 'r' })],
    [
      'a link of a client',
      clientAuthorizationPage({ authorization: asked, at: NO_CONNECTIONS, user, offered: new Map() }),
    ],
    [
      'another consent is open',
      otherConsentOpenPage({
        open: {
          authorization: 'open' as AuthorizationId,
          displayName: 'GitHub',
          ...{ createdAt: now - 60_000, expiresAt: now + 480_000 },
        },
        asked: { id: asked.id, displayName: 'Slack' },
        now,
      }),
    ],
    ...(Object.keys(BINDING_OUTCOMES) as BindingOutcome[]).map((outcome): [string, string] => [
      outcome,
      bindingPage({ outcome, displayName: 'GitHub' }),
    ]),
  ]
  for (const [n, [name, body]] of pages.entries()) {
    await show(page, body)
    expect([name, await complaints(page, n === 0 ? EVERY_LOOK : TWO_LOOKS)]).toEqual([name, []])
  }
  await context.close()
})
