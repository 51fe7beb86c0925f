import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { attacksOn } from '../support/attack.ts'
import { ask, launchChromium, openConsent, signInAs } from '../support/chromium.ts'
import { somebodyNew, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const { waiting, spendsNothing, finishes, emulator } = attacksOn(stack)
let chromium: Browser

beforeAll(async () => {
  chromium = await launchChromium()
})
afterAll(() => chromium.close())

test.each(['cross-site', 'same-site'])('a %s link cannot make the user’s browser start a consent', async (site) => {
  const victim = await waiting()
  const answer = await spendsNothing(victim, () =>
    victim.who.browser.send(new URL(victim.startUrl, stack.app), {
      headers: { accept: 'text/html', 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate' },
    }),
  )
  expect([answer.status, answer.headers.location]).toEqual([403, undefined])
  await finishes(victim)
})

test('in a browser: another site’s link, script, frame and form are refused, the card’s own link is not', async () => {
  const somebody = await somebodyNew(stack)
  const context = await chromium.newContext()
  const page = await context.newPage()
  await signInAs(page, somebody)
  await ask(page, 'List my repositories')
  const startUrl = await page.getByRole('link', { name: 'Connect GitHub' }).getAttribute('href')
  const target = new URL(startUrl ?? '', stack.app).href

  const count = await emulator.counting()
  await context.route('http://attacker.test/**', (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<a id="link" href="${target}">win a prize</a><iframe src="${target}"></iframe><img src="${target}">
             <form id="form" action="${target}"><button>Go</button></form>
             <script>fetch(${JSON.stringify(target)}, { credentials: 'include', mode: 'no-cors' }).catch(() => {})</script>`,
    }),
  )
  for (const selector of ['#link', '#form button']) {
    const attacker = await context.newPage()
    await attacker.goto('http://attacker.test/')
    await attacker.locator(selector).click()
    await attacker.waitForURL((url) => url.origin === stack.app)
    expect(new URL(attacker.url()).pathname).toBe(new URL(target).pathname)
    await attacker.close()
  }
  expect(await count('authorize')).toBe(0)

  const tab = await openConsent(context, page, somebody, 'GitHub')
  await tab.getByRole('button', { name: 'Authorize' }).click()
  await page.getByText(`repo-of-${somebody.username}`).first().waitFor()
  await context.close()
})
