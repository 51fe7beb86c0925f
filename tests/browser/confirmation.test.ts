import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { ask, launchChromium, openConsent, signInAs } from '../support/chromium.ts'
import { isFocused } from '../support/keyboard.ts'
import { somebodyNew, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
let chromium: Browser

beforeAll(async () => {
  chromium = await launchChromium()
})
afterAll(() => chromium.close())

async function askFirstAtGitHub(page: Page): Promise<void> {
  await page.goto(new URL('/connections', stack.app).href)
  const control = page.getByRole('switch', { name: 'Ask me before any change at GitHub' })
  expect(await control.isChecked()).toBe(false)
  await control.focus()
  const saved = page.waitForResponse((response) => response.url().endsWith('/api/connections/github/ask-first'))
  await page.keyboard.press('Space')
  expect((await saved).status()).toBe(204)
  await page.reload()
  expect(await control.isChecked()).toBe(true)
  // No tool changes anything at Cognito.
  expect(
    await page
      .getByRole('row', { name: /Cognito/ })
      .getByRole('switch')
      .count(),
  ).toBe(0)
}

test('a user who wants to be asked first sees the planned changes, declines one and confirms another, by keyboard', async () => {
  const somebody = await somebodyNew(stack)
  const context = await chromium.newContext()
  const complaints: string[] = []
  context.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  context.on('weberror', (error) => complaints.push(String(error.error())))
  const page = await context.newPage()
  await signInAs(page, somebody)
  await askFirstAtGitHub(page)

  await page.goto(stack.app)
  const repository = `${somebody.username}/repo-of-${somebody.username}`
  await ask(page, `Open an issue titled <b>Typo</b> in ${repository}`)
  const consent = await openConsent(context, page, somebody, 'GitHub')
  await consent.getByRole('button', { name: 'Authorize' }).click()
  // A tab that is closed right after the click may not have sent the form.
  await consent.getByRole('heading', { name: 'GitHub connected' }).waitFor()
  await consent.close()

  const card = page.locator('section.card', { has: page.getByRole('heading', { name: 'Do this?' }) })
  await card.waitFor()
  expect(await card.getByRole('listitem').textContent()).toMatch(/^Open issue at GitHubRepository.*Title<b>Typo<\/b>$/)
  await page.getByText('This conversation waits until you confirm or decline.').waitFor()
  await card.getByRole('button', { name: 'Confirm' }).focus()
  await page.keyboard.press('Tab')
  expect(await card.getByRole('button', { name: 'Decline' }).evaluate(isFocused)).toBe(true)
  await page.keyboard.press('Enter')
  const declined = page.getByRole('heading', { name: 'Declined' })
  await declined.waitFor()
  // The focused button is gone, so the heading gets the focus.
  expect(await declined.evaluate(isFocused)).toBe(true)
  await page.getByText('The user does not want that done.').waitFor()

  await ask(page, `Open an issue titled Another in ${repository}`)
  await card.waitFor()
  await page.reload()
  await card.getByRole('button', { name: 'Confirm' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Confirmed' }).waitFor()
  await page.getByText('"Another", is open in').waitFor()
  expect(complaints).toEqual([])
  await context.close()
})
