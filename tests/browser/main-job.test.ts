import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { ask, launchChromium, openConsent, signInAs, signOutAt } from '../support/chromium.ts'
import { emulatorOf, person, somebodyNew, stackOfThisWorker } from '../support/stack.ts'
import { failVendor, revokeAtVendor } from '../support/vendors.ts'

const stack = stackOfThisWorker()
let chromium: Browser

beforeAll(async () => {
  chromium = await launchChromium()
})
afterAll(() => chromium.close())

async function browser(): Promise<{ context: BrowserContext; page: Page; complaints: string[] }> {
  const context = await chromium.newContext()
  const complaints: string[] = []
  context.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  context.on('weberror', (error) => complaints.push(String(error.error())))
  return { context, page: await context.newPage(), complaints }
}

describe.each([
  ['Google Calendar', 'What is on my calendar today?', 'Meeting of'],
  ['GitHub', 'List my repositories', 'repo-of'],
])('%s, in a browser', (displayName, question, answer) => {
  test('sign in, ask, connect in a new tab; the first tab goes on by itself', async () => {
    const somebody = await somebodyNew(stack)
    const { context, page, complaints } = await browser()
    await signInAs(page, somebody)
    await ask(page, question)

    const card = page.getByRole('heading', { name: `Connect ${displayName}` })
    await card.waitFor()
    await page.getByText(somebody.username).first().waitFor()

    const tab = await openConsent(context, page, somebody, displayName)
    await tab.getByRole('button', { name: 'Authorize' }).click()
    await tab.getByRole('heading', { name: `${displayName} connected` }).waitFor()
    expect(await tab.locator('main').getAttribute('data-outcome')).toBe('bound')
    await tab.waitForURL((url) => url.search === '')

    await page.getByText(answer).first().waitFor()
    await page.getByText(`${displayName} connected`).first().waitFor()
    expect(complaints).toEqual([])
    await context.close()
  })
})

test('alice sees Stand-up, bob sees Board meeting, in one Chromium at once', async () => {
  await Promise.all(
    (
      [
        ['alice', 'Stand-up'],
        ['bob', 'Board meeting'],
      ] as const
    ).map(async ([username, event]) => {
      const somebody = person(stack, username)
      const { context, page } = await browser()
      await signInAs(page, somebody)
      await ask(page, 'What is on my calendar today?')
      const connect = page.getByRole('link', { name: 'Connect Google Calendar' })
      await connect.or(page.getByText(event)).first().waitFor()
      if (await connect.isVisible()) {
        const tab = await openConsent(context, page, somebody, 'Google Calendar')
        await tab.getByRole('button', { name: 'Authorize' }).click()
      }
      await page.getByText(event).first().waitFor()
      await context.close()
    }),
  )
})

test('denied: the binding page says so, and the card in the chat ends', async () => {
  const somebody = await somebodyNew(stack)
  const { context, page } = await browser()
  await signInAs(page, somebody)
  await ask(page, 'List my repositories')
  const tab = await openConsent(context, page, somebody, 'GitHub')
  await tab.getByRole('button', { name: 'Deny' }).click()
  await tab.locator('main[data-outcome="denied"]').waitFor()
  await page.getByRole('link', { name: 'Connect GitHub' }).waitFor({ state: 'detached' })
  await context.close()
})

test('cancelled in the chat: the card ends, and nothing is completed at AgentCore', async () => {
  const somebody = await somebodyNew(stack)
  const count = await emulatorOf(stack).counting()
  const { context, page } = await browser()
  await signInAs(page, somebody)
  await ask(page, 'List my repositories')
  await page.getByRole('button', { name: 'Cancel' }).click()
  await page.getByRole('link', { name: 'Connect GitHub' }).waitFor({ state: 'detached' })
  expect(await count('CompleteResourceTokenAuth')).toBe(0)
  await context.close()
})

test('connect on the connections page: the row follows by itself', async () => {
  const somebody = await somebodyNew(stack)
  const { context, page } = await browser()
  await signInAs(page, somebody, '/connections')
  const row = page.getByRole('row', { name: /GitHub/ })
  const opened = context.waitForEvent('page')
  await row.getByRole('button', { name: 'Connect' }).click()
  const tab = await opened
  await tab.getByLabel('Username').fill(somebody.username)
  await tab.getByLabel('Password').fill(somebody.password)
  await tab.getByRole('button', { name: 'Sign in' }).click()
  // The agent workload asks the vendor for the account's name: with this delay the answer usually comes after the binding page.
  await failVendor(stack, 'github', { path: '/user', delayMs: 800, times: 1 })
  await tab.getByRole('button', { name: 'Authorize' }).click()
  await tab.locator('main[data-outcome="bound"]').waitFor()
  // On a busy machine the vendor may name the account too late, so the name is not looked at.
  await row.getByText('Connected', { exact: true }).waitFor()
  await context.close()
})

test('an account is added by its name; another one than asked for is used when its user says "Use it"', async () => {
  const somebody = await somebodyNew(stack)
  const [first, second] = [`${somebody.username}@example.com`, `${somebody.username}-home@example.com`]
  const { context, page, complaints } = await browser()
  await signInAs(page, somebody)
  await ask(page, 'What is on my calendar today?')
  const consent = await openConsent(context, page, somebody, 'Google Calendar')
  await consent.getByRole('button', { name: 'Authorize' }).click()
  await page.getByText(`Meeting of ${somebody.username} (`).waitFor()

  const connections = await context.newPage()
  await connections.goto(new URL('/connections', stack.app).href)
  await connections.getByRole('row', { name: first }).getByRole('button', { name: 'Add account' }).click()
  await connections.getByRole('dialog').getByLabel('Which account?').fill(second)
  const opened = context.waitForEvent('page')
  await connections.getByRole('dialog').getByRole('button', { name: 'Connect' }).click()
  const chooser = await opened
  await chooser.getByRole('button', { name: second }).click()
  await chooser.getByRole('button', { name: 'Authorize' }).click()
  const row = connections.getByRole('row', { name: second })
  await row.getByText('Connected', { exact: true }).waitFor()

  await row.getByRole('button', { name: 'Disconnect' }).click()
  await connections.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click()
  await row.getByText('Disconnected', { exact: true }).waitFor()

  // A consent with the first account is needed, and its user signs in at the vendor as the second one.
  await signOutAt(context, stack, 'google-calendar')
  await revokeAtVendor(stack, 'google-calendar', somebody.username)
  await ask(page, 'What is on my calendar today?')
  const atHome = { username: `${somebody.username}-home`, password: somebody.password }
  const again = await openConsent(context, page, atHome, 'Google Calendar')
  await again.getByRole('button', { name: 'Authorize' }).click()
  const words = `You asked for ${first}, ${second} was connected.`
  await page.getByRole('heading', { name: 'Google Calendar: another account was connected' }).waitFor()
  await page.getByText(`${second} came, and not the one that was expected.`).waitFor()
  const undecided = connections.getByRole('row', { name: words })
  await undecided.getByRole('button', { name: 'Use it' }).waitFor()

  await undecided.getByRole('button', { name: 'Use it' }).click()
  await undecided.waitFor({ state: 'detached' })
  await row
    .filter({ hasText: /^(?!.*Disconnected)/ })
    .getByText('Connected', { exact: true })
    .waitFor()
  expect(complaints).toEqual([])
  await context.close()
})

test('a reload during the wait shows the question, the card, and then the answer', async () => {
  const somebody = await somebodyNew(stack)
  const { context, page } = await browser()
  await signInAs(page, somebody)
  await ask(page, 'List my repositories')
  await page.getByRole('heading', { name: 'Connect GitHub' }).waitFor()
  await page.reload()
  await page.getByText('List my repositories').first().waitFor()
  const tab = await openConsent(context, page, somebody, 'GitHub')
  await tab.getByRole('button', { name: 'Authorize' }).click()
  await page.getByText(`repo-of-${somebody.username}`).first().waitFor()
  await context.close()
})

test('signing out ends the user session here and at the issuer', async () => {
  const somebody = await somebodyNew(stack)
  const { context, page } = await browser()
  await signInAs(page, somebody)
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.waitForURL((url) => url.pathname === '/auth/signed-out')
  await page.goto(stack.app)
  await page.getByLabel('Username').waitFor()
  await context.close()
})
