import type { TurnId, UserRef } from '@agent-identity/contracts'
import { userRef } from '@agent-identity/service-runtime'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { ask, launchChromium, openConsent, signInAs } from '../support/chromium.ts'
import { startOtherSite } from '../support/other-site.ts'
import { ANOTHER_FLOW } from '../support/provider-flows.ts'
import { withRedis } from '../support/redis.ts'
import { turnsOf } from '../support/secrets.ts'
import { emulatorOf, somebodyNew, stackOfThisWorker } from '../support/stack.ts'
import { until } from '../support/until.ts'

const stack = stackOfThisWorker()
const emulator = emulatorOf(stack)
let chromium: Browser

beforeAll(async () => {
  chromium = await launchChromium()
})
afterAll(() => chromium.close())

const ENCODINGS = ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain']
const form = (action: string, encoding: string, n: number) =>
  `<iframe name="frame-${n}"></iframe><form method="post" enctype="${encoding}" action="${action}" target="frame-${n}">
   <input name='{"message":"List my repositories","x":"' value='"}'></form>`

function everythingAPageSends(startPath: string, authorizationPath: string): string {
  const targets = [
    '/auth/sign-out',
    '/api/turns',
    `/api/connections/${ANOTHER_FLOW.provider}/authorizations`,
    `${startPath}-instead`,
  ]
  const addresses = targets.map((path) => stack.app + path)
  const [start, authorization] = [stack.app + startPath, stack.app + authorizationPath]
  const forms = addresses.flatMap((address) => ENCODINGS.map((encoding) => ({ address, encoding })))
  const rules = { prefetch: [{ urls: [start] }], prerender: [{ urls: [start] }] }
  return `<title>other</title>
    <link rel="prefetch" href="${start}"><link rel="preload" as="fetch" crossorigin="use-credentials" href="${start}">
    <link rel="stylesheet" href="${start}"><img src="${start}"><script src="${start}"></script>
    <script type="speculationrules">${JSON.stringify(rules)}</script>
    <iframe src="${start}"></iframe><object data="${start}"></object><embed src="${start}"><video src="${start}"></video>
    ${forms.map(({ address, encoding }, n) => form(address, encoding, n)).join('')}
    <script>
      const body = '{"message":"List my repositories"}'
      const requests = ${JSON.stringify([...addresses, authorization, start])}.flatMap((target) =>
        ['GET', 'POST', 'DELETE'].flatMap((method) => ['cors', 'no-cors'].flatMap((mode) =>
          ['text/plain', 'application/json'].map((type) => ({ target, method, mode, type })))))
      globalThis.done = async () => {
        for (const form of document.forms) form.submit()
        await Promise.all(requests.map(async ({ target, method, mode, type }) => {
          const sent = method === 'GET' ? {} : { headers: { 'content-type': type }, body }
          try { await fetch(target, { method, mode, credentials: 'include', ...sent }) } catch {}
        }))
        for (const { target } of requests) navigator.sendBeacon(target, body)
      }
    </script>`
}

const turnIdOfKey = (key: string) => key.replace('turn:{', '').replace('}:', '.') as TurnId

const turnsAskedBy = (user: UserRef): Promise<number> =>
  withRedis(stack, async (redis) => {
    const keys = await redis.keys('turn:*')
    const read = turnsOf(stack, redis).read
    const turns = await Promise.all(keys.map((key) => read(turnIdOfKey(key))))
    return turns.filter((turn) => turn?.owner === user).length
  })

describe.each([
  ['another site', '127.0.0.1'],
  ['another port of the same site, which is sent the cookies', 'localhost'],
] as const)('a page of %s', (_where, host) => {
  test('can neither sign the user out, ask, connect, cancel nor start', async () => {
    const somebody = await somebodyNew(stack)
    const context = await chromium.newContext()
    const page = await context.newPage()
    await signInAs(page, somebody)
    const { user } = (await page.evaluate(async () => (await fetch('/api/session')).json())) as {
      user: { subject: string }
    }
    const ref = userRef({ issuer: stack.signIn, subject: user.subject })
    await ask(page, 'List my repositories')
    const startUrl = (await page.getByRole('link', { name: 'Connect GitHub' }).getAttribute('href')) ?? ''
    const authorizationPath = `/api/authorizations/${startUrl.split('/')[2]}`
    const other = await startOtherSite(host, { '/': everythingAPageSends(startUrl, authorizationPath) })
    expect(await turnsAskedBy(ref)).toBe(1)
    const calls = (await emulator.calls()).length

    const attacker = await context.newPage()
    const answers: { method: string; status: number; path: string }[] = []
    attacker.on('response', (response) => {
      const url = new URL(response.url())
      if (url.origin === stack.app)
        answers.push({ method: response.request().method(), status: response.status(), path: url.pathname })
    })
    await attacker.goto(other.origin, { waitUntil: 'domcontentloaded' })
    const last = attacker.waitForResponse((response) => new URL(response.url()).origin === stack.app)
    await attacker.evaluate('done()')
    await last
    // A browser may block a fetch instead of sending it, so not all answers arrive.
    await until(async () => answers.filter(({ method }) => method === 'POST').length >= 3 * ENCODINGS.length)
    for (const { method, status, path } of answers)
      expect([method, path, [401, 403, 404, 405].includes(status)]).toEqual([method, path, true])

    expect(await emulator.calls()).toHaveLength(calls)
    expect(await turnsAskedBy(ref)).toBe(1)
    expect(await page.evaluate(async () => (await fetch('/api/session')).status)).toBe(200)
    const tab = await openConsent(context, page, somebody, 'GitHub')
    await tab.getByRole('button', { name: 'Authorize' }).click()
    await page.getByText(`repo-of-${somebody.username}`).first().waitFor()
    await context.close()
    await other.close()
  })
})

test('a link of another site can send the user to the app, but does not make them sign in again', async () => {
  const somebody = await somebodyNew(stack)
  const context = await chromium.newContext()
  const page = await context.newPage()
  await signInAs(page, somebody)
  await ask(page, 'List my repositories')
  await page.getByRole('link', { name: 'Connect GitHub' }).waitFor()
  const session = async () =>
    (await context.cookies(stack.app)).find(({ name }) => name === '__Host-user-session')?.value
  const before = await session()

  const other = await startOtherSite('127.0.0.1', {
    '/': `<a href="${stack.app}/auth/sign-in?return_to=/connections">go</a>`,
  })
  const attacker = await context.newPage()
  await attacker.goto(other.origin)
  await attacker.getByText('go').click()
  await attacker.getByRole('heading', { name: 'Connected accounts' }).waitFor()
  expect(await session()).toBe(before)

  const tab = await openConsent(context, page, somebody, 'GitHub')
  await tab.getByRole('button', { name: 'Authorize' }).click()
  await page.getByText(`repo-of-${somebody.username}`).first().waitFor()
  await context.close()
  await other.close()
})
