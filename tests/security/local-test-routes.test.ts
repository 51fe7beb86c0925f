import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { launchChromium } from '../support/chromium.ts'
import { exchange } from '../support/http-browser.ts'
import { startOtherSite } from '../support/other-site.ts'
import { emulatorOf, signedIn, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()

/** Some of the routes that change the stand-ins, or return what the stand-ins have recorded. */
const TEST_ROUTES = [
  ['GET', `${stack.agentcoreIdentity}/_emulator/calls`, ''],
  ['POST', `${stack.agentcoreIdentity}/_emulator/clock`, '{"advanceSeconds":86400}'],
  [
    'POST',
    `${stack.agentcoreIdentity}/_emulator/faults`,
    '{"operation":"GetResourceOauth2Token","status":500,"times":9}',
  ],
  ['DELETE', `${stack.agentcoreIdentity}/_emulator/faults`, ''],
  ['POST', `${stack.agentcoreIdentity}/_emulator/reset`, '{}'],
  ...Object.values(stack.vendors).flatMap((vendor) => [
    ['POST', `${vendor}/_vendor/faults`, '{"status":500,"times":9}'] as const,
    ['POST', `${vendor}/_vendor/revoke`, '{"username":"alice"}'] as const,
  ]),
] as const

const { callsOfAll } = emulatorOf(stack)

async function expectNothingHasChanged(before: Awaited<ReturnType<typeof callsOfAll>>): Promise<void> {
  const after = await callsOfAll()
  expect(after.slice(0, before.length)).toEqual(before)
  // The services sign their background calls; a page cannot. A request that is no operation of AWS changes nothing.
  const unsigned = after.slice(before.length).filter(({ principal }) => principal === null)
  expect(unsigned.filter(({ operation }) => operation !== 'Unknown')).toEqual([])
  const somebody = await signedIn(stack)
  const { stream } = await somebody.ask('List my repositories')
  const { data } = await stream.next('authorization_required')
  const record = await somebody.consent(data.startUrl)
  expect(record.status).toBe(200)
  expect(await stream.answer()).toContain(`repo-of-${somebody.username}`)
}

describe('the test routes of the stand-ins', () => {
  test('refuse all signs of a page: an origin, fetch metadata, a form, a name that was rebound to loopback', async () => {
    const before = await callsOfAll()
    for (const [method, address, body] of TEST_ROUTES) {
      const url = new URL(address)
      const json = { 'content-type': 'application/json', 'content-length': String(body.length) }
      const page: Record<string, string>[] = [
        { host: url.host, origin: 'https://evil.example', ...json },
        { host: url.host, origin: 'null', ...json },
        { host: url.host, origin: url.origin, ...json },
        { host: url.host, origin: stack.app, ...json },
        { host: url.host, 'sec-fetch-site': 'cross-site', ...json },
        { host: url.host, 'sec-fetch-site': 'same-site', ...json },
        { host: url.host, 'sec-fetch-site': 'same-origin', ...json },
        { host: `evil.example:${url.port}`, ...json },
        { host: `127.0.0.1.evil.example:${url.port}`, ...json },
        { host: `localhost.evil.example`, ...json },
        { host: `0.0.0.0:${url.port}`, ...json },
        ...(method === 'POST'
          ? [
              'text/plain',
              'application/x-www-form-urlencoded',
              'multipart/form-data',
              'text/plain; application/json',
              '',
            ].map((type) => ({ host: url.host, ...json, 'content-type': type }))
          : []),
      ]
      for (const headers of page) {
        const { status } = await exchange(url, method, headers, body)
        expect([address, headers, status === 403 || status === 415]).toEqual([address, headers, true])
      }
    }
    await expectNothingHasChanged(before)
  })

  test('do not exist on the app’s own origin', async () => {
    const url = new URL('/_emulator/calls', stack.app)
    expect((await exchange(url, 'GET', { host: url.host })).status).toBe(404)
  })
})

describe('in the developer’s browser', () => {
  let chromium: Browser

  beforeAll(async () => {
    chromium = await launchChromium()
  })
  afterAll(() => chromium.close())

  test('a page on any origin of this machine reads nothing of them and changes nothing with them', async () => {
    const before = await callsOfAll()
    const context = await chromium.newContext()
    const forms = TEST_ROUTES.filter(([method]) => method === 'POST').flatMap(([, address, body], n) =>
      ['text/plain', 'application/x-www-form-urlencoded'].map(
        (encoding, m) => `<iframe name="f${n}-${m}"></iframe>
          <form method="post" enctype="${encoding}" action="${address}" target="f${n}-${m}">
          <textarea name='${body.slice(0, -1)},"x":"'>"}</textarea></form>`,
      ),
    )
    for (const host of ['127.0.0.1', 'localhost'] as const) {
      const other = await startOtherSite(host, { '/': `<title>other</title>${forms.join('')}` })
      const page = await context.newPage()
      await page.goto(other.origin)
      const statuses: number[] = []
      page.on('response', (response) => void statuses.push(response.status()))
      const read = await page.evaluate(
        `(async (routes) => {
          for (const form of document.forms) form.submit()
          const requests = routes.flatMap(([method, address, body]) =>
            ['cors', 'no-cors'].flatMap((mode) => ['include', 'omit'].flatMap((credentials) =>
              (method === 'GET' ? [''] : ['application/json', 'text/plain']).map((type) =>
                [address, { method, mode, credentials, ...(type ? { headers: { 'content-type': type }, body } : {}) }]))))
          const texts = await Promise.all(requests.map(([address, request]) =>
            fetch(address, request).then((response) => response.text(), () => '')))
          return texts.filter((text) => text !== '')
        })(${JSON.stringify(TEST_ROUTES)})`,
      )
      expect(read).toEqual([])
      expect(statuses.length).toBeGreaterThan(0)
      for (const status of statuses) expect([403, 415]).toContain(status)
      await page.close()
      await other.close()
    }
    // DNS rebinding: one name for two addresses in turn bypasses the same-origin policy.
    const rebound = await context.newPage()
    const { port } = new URL(stack.agentcoreIdentity)
    const refused = await rebound.goto(`http://rebound.localhost:${port}/_emulator/calls`)
    expect(refused?.status()).toBe(403)

    await expectNothingHasChanged(before)
    await context.close()
  })
})
