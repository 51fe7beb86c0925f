import { AuthorizationId, startKey } from '@agent-identity/contracts'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { attacksOn } from '../support/attack.ts'
import { ask, launchChromium, openConsent, signInAs } from '../support/chromium.ts'
import { startOtherSite } from '../support/other-site.ts'
import { startOf } from '../support/secrets.ts'
import { somebodyNew, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const { redis } = attacksOn(stack)
let chromium: Browser

beforeAll(async () => {
  chromium = await launchChromium()
})
afterAll(() => chromium.close())

const binding = new URL('/oauth2/session-binding', stack.app).href
const SECRET = /request_uri|session_id|state=|code=/

test('the return URL is in no address bar, history, document, storage or referrer after the page has loaded', async () => {
  const somebody = await somebodyNew(stack)
  const other = await startOtherSite('127.0.0.1', { '/': 'elsewhere' })
  const context = await chromium.newContext()
  const requests: Promise<[string, string | undefined]>[] = []
  context.on('request', (request) => {
    // Fails when the browser is closing.
    const headers = request.allHeaders().catch((): Record<string, string> => ({}))
    requests.push(headers.then(({ referer }) => [request.url(), referer]))
  })
  const page = await context.newPage()
  await signInAs(page, somebody)
  await ask(page, 'List my repositories')
  const tab = await openConsent(context, page, somebody, 'GitHub')
  expect(await tab.evaluate('document.referrer')).toBe('')
  expect(await tab.evaluate('opener')).toBeNull()
  const length = Number(await tab.evaluate('history.length'))
  await tab.getByRole('button', { name: 'Authorize' }).click()
  await tab.locator('main[data-outcome="bound"]').waitFor()

  await tab.waitForURL(binding)
  // The page has replaced the history entry of the return URL instead of adding one after it.
  expect(Number(await tab.evaluate('history.length'))).toBeLessThanOrEqual(length + 1)
  const seen = await tab.evaluate(`JSON.stringify([
    location.href, document.referrer, document.title, document.documentElement.outerHTML, document.cookie,
    history.state, navigation.entries().map(({ url }) => url), { ...localStorage }, { ...sessionStorage },
  ])`)
  expect(seen).not.toMatch(SECRET)

  // The next site does not learn the return URL as the referrer.
  await tab.evaluate(`document.body.insertAdjacentHTML('beforeend', '<a id="out" href="${other.origin}/">out</a>')`)
  await tab.locator('#out').click()
  await tab.waitForURL(`${other.origin}/`)
  expect(await tab.evaluate('document.referrer')).toBe('')
  await tab.goBack()
  expect(tab.url()).toBe(binding)
  await tab.getByRole('link', { name: 'Go to the agent' }).click()
  await tab.waitForURL(`${stack.app}/`)

  expect(other.visits.filter((path) => path !== '/favicon.ico')).toEqual(['/'])
  const referrers = (await Promise.all(requests)).filter(([, referer]) => referer)
  for (const [url, referer = ''] of referrers) {
    expect([url, referer]).toEqual([url, expect.not.stringMatching(SECRET)])
    // Our pages send no referrer at all.
    expect([url, new URL(referer).origin]).not.toEqual([url, stack.app])
  }
  await context.close()
  await other.close()
})

test('the user can try again although the address does not contain the return URL', async () => {
  const somebody = await somebodyNew(stack)
  const context = await chromium.newContext()
  const page = await context.newPage()
  await signInAs(page, somebody)
  await ask(page, 'List my repositories')
  const tab = await openConsent(context, page, somebody, 'GitHub')
  // The first return fails at a broken record.
  const card = page.getByRole('link', { name: 'Connect GitHub' })
  const [, id = ''] = /authorizations\/(.*)\/start/.exec((await card.getAttribute('href')) ?? '') ?? []
  const { id: start } = (await startOf(stack, AuthorizationId.parse(id))) ?? {}
  if (!start) throw new Error('The link was not opened')
  const key = startKey(start)
  const sealedIdentityArtifact = (await redis.hget(key, 'sealedIdentityArtifact')) ?? ''
  await redis.hset(key, { sealedIdentityArtifact: 'broken' })
  await tab.getByRole('button', { name: 'Authorize' }).click()
  await tab.getByRole('link', { name: 'Try again' }).waitFor()
  // The script that removes the query is deferred.
  await tab.waitForURL(binding)
  await redis.hset(key, { sealedIdentityArtifact })
  await tab.getByRole('link', { name: 'Try again' }).click()
  await tab.locator('main[data-outcome="bound"]').waitFor()
  await tab.waitForURL(binding)
  await context.close()
})
