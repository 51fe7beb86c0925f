import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { attacksOn, type Waiting } from '../support/attack.ts'
import { launchChromium } from '../support/chromium.ts'
import { startOtherSite } from '../support/other-site.ts'
import { stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const { waiting, endsIt, finishes } = attacksOn(stack)
let chromium: Browser

beforeAll(async () => {
  chromium = await launchChromium()
})
afterAll(() => chromium.close())

/** The attribute that the app has set, in Playwright's spelling. */
const SAME_SITE: Readonly<Record<string, 'Lax' | 'Strict'>> = { lax: 'Lax', strict: 'Strict' }

async function browserOf({ who }: Waiting) {
  const context = await chromium.newContext()
  const cookies = await who.browser.jar.getCookies(stack.app)
  await context.addCookies(
    cookies.map(({ key, value, sameSite = '' }) => ({
      name: key,
      value,
      // Playwright makes a cookie Secure only for a TLS address; Chromium sends such a cookie to localhost without TLS.
      url: 'https://localhost',
      secure: true,
      httpOnly: true,
      sameSite: SAME_SITE[sameSite] ?? 'None',
    })),
  )
  return context
}

test('another site that knows the return URL cannot make the browser bind it invisibly, but can end the authorization', async () => {
  const victim = await waiting()
  const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
  const href = returnUrl.href.replaceAll('&', '&amp;')
  const other = await startOtherSite('127.0.0.1', {
    '/': `<iframe src="${href}"></iframe><img src="${href}"><link rel="stylesheet" href="${href}">
      <link rel="prefetch" href="${href}"><script src="${href}"></script><object data="${href}"></object>
      <script>
        const url = ${JSON.stringify(returnUrl.href)}
        fetch(url, { credentials: 'include', mode: 'no-cors' }).catch(() => {})
        navigator.sendBeacon(url, 'x')
      </script>
      <form id="form" method="post" action="${href}" target="frame"></form><iframe name="frame"></iframe>
      <script>document.getElementById('form').submit()</script>`,
  })
  const context = await browserOf(victim)
  const page = await context.newPage()
  // Their browser sends the requests without its cookies.
  await endsIt(returnUrl, async () => {
    await page.goto(other.origin, { waitUntil: 'networkidle' })
  })
  await context.close()
  await other.close()
  await finishes(victim)
})

test('the same cookies bind in a top-level navigation', async () => {
  const victim = await waiting()
  const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
  const context = await browserOf(victim)
  const page = await context.newPage()
  await page.goto(returnUrl.href)
  await page.locator('main[data-outcome="bound"]').waitFor()
  expect(await victim.stream.answer()).toContain(victim.who.username)
  await context.close()
})
