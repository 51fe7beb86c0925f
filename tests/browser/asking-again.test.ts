import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Browser, Route } from 'playwright-core'
import { ask, launchChromium, signInAs } from '../support/chromium.ts'
import { somebodyNew, stackOfThisWorker } from '../support/stack.ts'

let chromium: Browser

beforeAll(async () => {
  chromium = await launchChromium()
})
afterAll(() => chromium.close())

test('a message whose answer was lost is sent again as the same request, also after a reload', async () => {
  const page = await (await chromium.newContext()).newPage()
  await signInAs(page, await somebodyNew(stackOfThisWorker()))
  const taken: { turnId: string }[] = []
  const loseTheAnswer = async (route: Route) => {
    taken.push(await (await route.fetch()).json())
    await route.abort()
  }
  await page.route('**/api/turns', loseTheAnswer)
  await ask(page, 'What can you do?')
  await page.getByText('There is no connection to the service').waitFor()

  await page.reload()
  const button = page.getByRole('button', { name: 'Send' })
  const lost = page.waitForEvent('requestfailed')
  await button.click()
  await lost
  await page.unroute('**/api/turns', loseTheAnswer)
  const answered = page.waitForResponse((response) => response.url().endsWith('/api/turns'))
  await button.click()
  taken.push(await (await answered).json())
  expect(new Set(taken.map(({ turnId }) => turnId))).toEqual(new Set([taken[0]?.turnId]))
  expect(taken).toHaveLength(3)

  // Once the page knows that a message was accepted, the same text is a new question.
  await page.getByText('I can').first().waitFor()
  await page.goto(stackOfThisWorker().app)
  const next = page.waitForResponse((response) => response.url().endsWith('/api/turns'))
  await ask(page, 'What can you do?')
  expect((await (await next).json()).turnId).not.toBe(taken[0]?.turnId)
})
