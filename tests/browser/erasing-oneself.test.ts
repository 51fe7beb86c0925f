import { USER_SESSION_COOKIE, type UserSessionRef, userSessionKey } from '@agent-identity/contracts'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { complaints, TWO_LOOKS } from '../support/axe.ts'
import { fillCredentials, launchChromium, signInAs } from '../support/chromium.ts'
import { refOfCookie, withRedis } from '../support/redis.ts'
import { sealerOf } from '../support/secrets.ts'
import { somebodyNew, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
let chromium: Browser
beforeAll(async () => {
  chromium = await launchChromium()
})
afterAll(() => chromium.close())

async function erase(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Erase everything about me' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Erase everything' }).click()
}

/** As if 15 minutes had passed since the sign-in. */
async function age(context: BrowserContext): Promise<void> {
  const cookie = (await context.cookies(stack.app)).find(({ name }) => name === USER_SESSION_COOKIE)
  const key = userSessionKey(refOfCookie(cookie?.value ?? '') as UserSessionRef)
  const sealer = sealerOf(stack, 'USER_SESSION_KEYS', 'user session')
  await withRedis(stack, async (redis) => {
    const own = JSON.parse(sealer.open((await redis.get(key)) ?? '', key))
    const old = { ...own, authenticatedAt: own.authenticatedAt - 901_000 }
    await redis.set(key, sealer.seal(JSON.stringify(old), key), 'KEEPTTL')
  })
}

test('a user whose sign-in is too old is told so, signs out and in again, and is erased', async () => {
  const somebody = await somebodyNew(stack)
  const context = await chromium.newContext()
  const page = await context.newPage()
  await signInAs(page, somebody, '/account')
  await age(context)
  await erase(page)
  await page.getByText('You signed in too long ago for this. Sign out, sign in again, and repeat it.').waitFor()
  expect(await complaints(page, TWO_LOOKS)).toEqual([])

  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.waitForURL((url) => url.pathname === '/auth/signed-out')
  await page.goto(new URL('/account', stack.app).href)
  await fillCredentials(page, somebody)
  await erase(page)
  await page.getByRole('heading', { name: 'Your conversations are erased' }).waitFor()
  expect(await complaints(page, TWO_LOOKS)).toEqual([])
  await context.close()
})
