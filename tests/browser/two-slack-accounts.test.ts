import { afterAll, beforeAll, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { ask, fillCredentials, launchChromium, openConsent, signInAs, signOutAt } from '../support/chromium.ts'
import { somebodyNew, stackOfThisWorker } from '../support/stack.ts'
import { until } from '../support/until.ts'
import { witnessAt } from '../support/vendors.ts'

const stack = stackOfThisWorker()
let chromium: Browser

beforeAll(async () => {
  chromium = await launchChromium()
})
afterAll(() => chromium.close())

const CHANNELS = 'Which Slack channels am I in?'

test('Slack with two accounts: each is disconnected on its own, and the other one goes on working', async () => {
  const somebody = await somebodyNew(stack)
  const home = `${somebody.username}-home`
  const context = await chromium.newContext()
  const chat = await context.newPage()
  await signInAs(chat, somebody)
  await ask(chat, CHANNELS)
  const consent = await openConsent(context, chat, somebody, 'Slack')
  await consent.getByRole('button', { name: 'Authorize' }).click()
  await consent.locator('main[data-outcome="bound"]').waitFor()
  await chat.getByText(`notes-of-${somebody.username}`).first().waitFor()

  const page = await context.newPage()
  await page.goto(new URL('/connections', stack.app).href)
  const rowOf = (username: string) => page.getByRole('row', { name: `${username} at Example`, exact: false })
  const isConnected = (username: string) => rowOf(username).getByText('Connected', { exact: true }).waitFor()
  const disconnect = async (username: string) => {
    await rowOf(username).getByRole('button', { name: 'Disconnect' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click()
    await rowOf(username).getByText('Slack has ended the access.').waitFor()
    await until(async () => (await witnessAt(stack, 'slack', username)).tokens === 0)
  }
  // Slack would go on with the account that is signed in there.
  await signOutAt(context, stack, 'slack')
  await rowOf(somebody.username).getByRole('button', { name: 'Add account' }).click()
  const opened = context.waitForEvent('page')
  await page.getByRole('dialog').getByRole('button', { name: 'Connect' }).click()
  const tab = await opened
  await fillCredentials(tab, { ...somebody, username: home })
  await tab.getByRole('button', { name: 'Authorize' }).click()
  await tab.locator('main[data-outcome="bound"]').waitFor()
  for (const username of [somebody.username, home]) await isConnected(username)

  await disconnect(somebody.username)
  await isConnected(home)
  await ask(chat, CHANNELS)
  await chat.getByText(`notes-of-${home}`).first().waitFor()
  await disconnect(home)
  await context.close()
})
