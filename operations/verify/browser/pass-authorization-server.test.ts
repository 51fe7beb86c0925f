import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { passAuthorizationServer } from './pass-authorization-server.ts'

beforeEach(() => {
  jest.useFakeTimers()
})
afterEach(() => {
  jest.useRealTimers()
})

function errorPage() {
  const waitFor = () =>
    new Promise((_resolve, reject) => setTimeout(() => reject(new Error('Timeout 45000ms exceeded')), 45_000))
  return Object.assign(new EventEmitter(), {
    url: () => 'https://bedrock-agentcore.us-east-1.amazonaws.com/identities/oauth2/callback/1?code=a-code',
    locator: () => ({ first: () => ({ waitFor }) }),
    getByRole: () => ({ waitFor }),
  })
}
const USER = { username: 'u', password: 'p', email: 'e' }
const never = new Promise(() => {})

describe('a consent that never comes back', () => {
  test('ends with a sentence that says where the browser is, and shows no query', async () => {
    const passing = passAuthorizationServer(errorPage() as unknown as Page, USER, never).catch(({ message }) => message)
    await jest.advanceTimersByTimeAsync(180_000)
    expect(await passing).toBe(
      'The consent did not come back within 3 minutes. Consent by hand to see why: the browser stayed at bedrock-agentcore.us-east-1.amazonaws.com.',
    )
  })

  test('ends when the page is closed, as after Ctrl-C', async () => {
    const page = errorPage()
    const passing = passAuthorizationServer(page as unknown as Page, USER, never)
    page.emit('close')
    await expect(passing).rejects.toThrow('The page of the consent was closed.')
    expect(jest.getTimerCount()).toBe(2)
  })
})

test('a consent that comes back late leaves no timer', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const passing = passAuthorizationServer(errorPage() as unknown as Page, USER, promise)
  await jest.advanceTimersByTimeAsync(120_000)
  resolve()
  await passing
  expect(jest.getTimerCount()).toBe(0)
})
