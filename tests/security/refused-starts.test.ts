import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { auditLinesOf } from '../support/audit-lines.ts'
import type { Answer } from '../support/http-browser.ts'
import { ownDatabase, type ServiceProcess, startService } from '../support/service-process.ts'
import { somebodyNew, stackOfThisWorker } from '../support/stack.ts'
import { until } from '../support/until.ts'

const LIMIT = 3
const REFUSED = { 'another-site': 403, 'not-signed-in': 401 }

const stack = stackOfThisWorker()
let replica: ServiceProcess

beforeAll(async () => {
  replica = await startService(stack, 'agent-workload', {
    REDIS_URL: ownDatabase(stack),
    TRUSTED_PROXIES: '1',
    REFUSED_STARTS_PER_ADDRESS_PER_MINUTE: String(LIMIT),
  })
})
afterAll(() => replica.stop())

const linesOf = (reason: string) =>
  auditLinesOf(replica.log()).filter((line) => line.event === 'start_refused' && line.reason === reason)

async function browser() {
  const person = await somebodyNew(stack)
  person.browser.connect = (url) => (url.origin === stack.app ? replica.url : undefined)
  return person
}

const ID = `${'r'.repeat(22)}.${'a'.repeat(22)}`
const attempts: [keyof typeof REFUSED, string, Record<string, string>][] = [
  ['another-site', '203.0.113.1', { 'sec-fetch-site': 'cross-site' }],
  ['not-signed-in', '203.0.113.2', {}],
]

test.each(attempts)(
  'starts refused as %s leave no more lines than the limit of their address',
  async (reason, address, headers) => {
    const anonymous = await browser()
    const before = linesOf(reason).length
    const start = (from: string): Promise<Answer> =>
      anonymous.browser.send(new URL(`/authorizations/${ID}/start`, stack.app), {
        headers: { accept: 'application/json', 'x-forwarded-for': from, ...headers },
      })
    for (let n = 0; n < LIMIT; n++) expect((await start(address)).status).toBe(REFUSED[reason])
    for (let n = 0; n < 10; n++) {
      const answer = await start(address)
      expect([answer.status, answer.headers.location]).toEqual([429, undefined])
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
    }
    // The line of this start comes after the lines of all earlier answers.
    expect((await start('198.51.100.7')).status).toBe(REFUSED[reason])
    await until(async () => linesOf(reason).length > before + LIMIT)
    expect(linesOf(reason)).toHaveLength(before + LIMIT + 1)
  },
)

test('a start-instead request of another site is counted, too', async () => {
  const anonymous = await browser()
  const before = linesOf('another-site').length
  const startInstead = async (from: string) => {
    const { status } = await anonymous.browser.send(new URL(`/authorizations/${ID}/start-instead`, stack.app), {
      method: 'POST',
      headers: { accept: 'application/json', 'x-forwarded-for': from, 'sec-fetch-site': 'cross-site' },
    })
    return status
  }
  const statuses: number[] = []
  for (let n = 0; n < LIMIT + 3; n++) statuses.push(await startInstead('203.0.113.3'))
  expect(statuses).toEqual([403, 403, 403, 429, 429, 429])
  expect(await startInstead('198.51.100.8')).toBe(403)
  await until(async () => linesOf('another-site').length > before + LIMIT)
  expect(linesOf('another-site')).toHaveLength(before + LIMIT + 1)
})

test('a signed-in user can start from an address that has reached that limit', async () => {
  const who = await browser()
  expect((await who.signIn()).status).toBe(200)
  const crowded = { 'x-forwarded-for': '203.0.113.4' }
  for (let n = 0; n < LIMIT + 1; n++)
    await who.browser.send(new URL(`/authorizations/${ID}/start`, stack.app), {
      headers: { ...crowded, 'sec-fetch-site': 'cross-site' },
    })
  const connect = await who.api('/api/connections/github/authorizations', { method: 'POST', headers: crowded })
  const { startUrl } = JSON.parse(connect.body) as { startUrl: string }
  expect((await who.api(startUrl, { headers: { ...crowded, accept: 'text/html' } })).status).toBe(303)
})
