import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Browser, BrowserContext } from 'playwright-core'
import { ask, fillCredentials, launchChromium, openConsent, signInAs } from '../support/chromium.ts'
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

/** Slack would go on with the account that is signed in there. */
async function signOutAtSlack(context: BrowserContext): Promise<void> {
  const { port } = new URL(stack.vendors.slack ?? '')
  await context.clearCookies({ name: new RegExp(`^local-${port}-`) })
}

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
  await signOutAtSlack(context)
  const opened = context.waitForEvent('page')
  const row = page.getByRole('listitem').filter({ hasText: 'Slack' }).first()
  await row.getByRole('button', { name: /another account/ }).click()
  const tab = await opened
  await fillCredentials(tab, { ...somebody, username: home })
  await tab.getByRole('button', { name: 'Authorize' }).click()
  await tab.locator('main[data-outcome="bound"]').waitFor()
})
