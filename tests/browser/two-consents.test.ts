import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { ask, fillCredentials, launchChromium, openConsent, signInAs } from '../support/chromium.ts'
import { isFocused } from '../support/keyboard.ts'
import { emulatorOf, somebodyNew } from '../support/stack.ts'
import { startStackOfItsOwn } from '../support/stack-of-its-own.ts'

let chromium: Browser
let stack: Awaited<ReturnType<typeof startStackOfItsOwn>>

beforeAll(async () => {
  const identityAssumptions = { authorizationCookie: 'shared' } as const
  ;[chromium, stack] = await Promise.all([
    launchChromium(),
    startStackOfItsOwn({}, { replicas: 1, identityAssumptions }),
  ])
})
afterAll(() => Promise.all([chromium.close(), stack.stop()]))

test('two providers in one question: the second tab asks first, the user goes on by keyboard, and both are connected in the end', async () => {
  const somebody = await somebodyNew(stack)
  const context = await chromium.newContext()
  const complaints: string[] = []
  context.on('weberror', (error) => complaints.push(String(error.error())))
  const chat = await context.newPage()
  await signInAs(chat, somebody)
  await ask(chat, 'What is on my calendar today and list my repositories')
  await chat.getByRole('heading', { name: 'Connect Google Calendar' }).waitFor()

  const left = await openConsent(context, chat, somebody, 'GitHub')
  const link = chat.getByRole('link', { name: 'Connect Google Calendar' })
  const opened = context.waitForEvent('page')
  await link.focus()
  await chat.keyboard.press('Enter')
  const tab = await opened
  await tab.getByRole('heading', { name: 'You are already connecting GitHub' }).waitFor()
  const count = await emulatorOf(stack).counting()

  await tab.keyboard.press('Tab')
  const button = tab.getByRole('button', { name: 'Go on with Google Calendar' })
  expect(await button.evaluate(isFocused)).toBe(true)
  expect(await count('authorize')).toBe(0)
  await tab.keyboard.press('Enter')
  await tab.waitForURL((url) => url.origin !== stack.app)
  await fillCredentials(tab, somebody)

  await chat.getByText('You went on with Google Calendar. To connect GitHub too, use this link again.').waitFor()
  expect(await chat.getByRole('link', { name: 'Connect GitHub' }).isVisible()).toBe(true)
  expect(await link.evaluate(isFocused)).toBe(true)

  await tab.getByRole('button', { name: 'Authorize' }).click()
  await tab.locator('main[data-outcome="bound"]').waitFor()
  await chat.getByRole('heading', { name: 'Google Calendar connected' }).waitFor()

  // The second consent has overwritten AgentCore's cookie of the first.
  await left.getByRole('button', { name: 'Authorize' }).click()
  await left.waitForURL((url) => url.origin === stack.agentcoreIdentity)
  // The vendor remembers the consent.
  const reopened = context.waitForEvent('page')
  await chat.getByRole('link', { name: 'Connect GitHub' }).click()
  const again = await reopened
  await again.locator('main[data-outcome="bound"]').waitFor()
  await chat.getByText(`repo-of-${somebody.username}`).first().waitFor()
  await chat.getByText(`Meeting of ${somebody.username}`).first().waitFor()
  expect(complaints).toEqual([])
  await context.close()
})
