import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { ask, launchChromium, signInAs } from '../support/chromium.ts'
import { signedIn, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
let chromium: Browser

beforeAll(async () => {
  chromium = await launchChromium()
})
afterAll(() => chromium.close())

test('a long conversation shows its latest messages, and those before them when its user asks', async () => {
  const who = await signedIn(stack)
  const messages = Array.from({ length: 23 }, (_, n) => `What can you do? (${n})`)
  let conversationId: string | undefined
  for (const message of messages) {
    const asked = await who.ask(message, conversationId)
    await asked.stream.answer()
    conversationId = asked.conversationId
  }
  const page = await (await chromium.newContext()).newPage()
  await signInAs(page, who, `/?conversation=${conversationId}`)
  const questions = page.locator('.question p')
  await questions.nth(19).waitFor()
  expect(await questions.allTextContents()).toEqual(messages.slice(3))
  await page.getByRole('button', { name: 'Show earlier messages' }).click()
  await questions.nth(22).waitFor()
  expect(await questions.allTextContents()).toEqual(messages)
  await page.getByRole('button', { name: 'Show earlier messages' }).waitFor({ state: 'hidden' })
})

test('a full conversation says so, keeps the message and offers a new conversation', async () => {
  const page = await (await chromium.newContext()).newPage()
  await signInAs(page, await signedIn(stack))
  const problem = { status: 409, code: 'conversation_full', title: 'x', type: 'about:blank', requestId: 'r' }
  const refuse = { status: 409, contentType: 'application/problem+json', body: JSON.stringify(problem) }
  await page.route('**/api/turns', (route) => route.fulfill(refuse))
  await ask(page, 'What can you do?')
  await page.getByText('This conversation is as long as it may become.').waitFor()
  await page.unroute('**/api/turns')
  await page.getByRole('link', { name: 'Start a new conversation' }).click()
  await page.waitForURL(new URL('/', stack.app).href)
  await page.getByRole('button', { name: 'Send' }).click()
  await page.getByText('I can').first().waitFor()
})
