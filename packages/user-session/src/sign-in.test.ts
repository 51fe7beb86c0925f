import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { startWorld, type World, whoIs } from './test-support/world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
beforeEach(() => world.reset())
afterAll(() => world.stop())

test('signs a user in and sends them where they wanted to go', async () => {
  const browser = world.browser()
  const page = await browser.navigate('/auth/sign-in?return_to=/connections?from=mail%23top')
  expect(page.url).toBe('https://app.example/connections?from=mail#top')
  expect(await whoIs(browser, 1)).toBe('alice')
})
