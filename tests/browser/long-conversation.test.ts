import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { complaints, TWO_LOOKS } from '../support/axe.ts'
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

/** The limit itself is tested at the server: here its answer is enough, and the list and the erasure are real. */
test('a user without room is shown their conversations, erases one after a question, and sends the message that is still there', async () => {
  const who = await signedIn(stack)
  const large = await who.ask(
    'Which conversation is the oldest one of all that I have had with you since this morning?',
  )
  await large.stream.answer()
  const small = await who.ask('What can you do?')
  await small.stream.answer()
  const page = await (await chromium.newContext()).newPage()
  await signInAs(page, who)
  const problem = { status: 409, code: 'storage_full', title: 'x', type: 'about:blank', requestId: 'r' }
  const refuse = { status: 409, contentType: 'application/problem+json', body: JSON.stringify(problem) }
  await page.route('**/api/turns', (route) => route.fulfill(refuse))
  await ask(page, 'List my repositories')
  await page.getByText('Your conversations take as much room as they may.').waitFor()
  const rows = page.getByRole('listitem').filter({ has: page.getByRole('button', { name: /^Erase: / }) })
  await rows.nth(1).waitFor()
  expect(await complaints(page, TWO_LOOKS)).toEqual([])
  const button = page.getByRole('button', { name: 'Erase: What can you do?' })
  await button.click()
  await page.getByRole('dialog').getByRole('button', { name: 'Keep it' }).click()
  await button.click()
  expect(await complaints(page, TWO_LOOKS)).toEqual([])
  await page.getByRole('dialog').getByRole('button', { name: 'Erase it' }).click()
  await page.getByText('Erased. You can send your message now').waitFor()
  expect(await rows.count()).toBe(1)
  expect((await who.api(`/api/conversations/${small.conversationId}`)).status).toBe(404)
  expect((await who.api(`/api/conversations/${large.conversationId}`)).status).toBe(200)
  await page.unroute('**/api/turns')
  await page.getByRole('button', { name: 'Send' }).click()
  await page.getByText('GitHub').first().waitFor()
  await page.getByRole('heading', { name: 'Make room' }).waitFor({ state: 'hidden' })
})
