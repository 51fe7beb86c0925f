import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { failVendor } from '../support/vendors.ts'
import { checkAll } from './support/effects.ts'
import { runFlows } from './support/flows.ts'
import { FLOWS_TEST_TIMEOUT_MS } from './support/following.ts'
import { type StackBehindProxies, startStackBehindProxies } from './support/stack-behind-proxies.ts'

const FLOWS = 6

jest.setTimeout(FLOWS_TEST_TIMEOUT_MS)

/** Less than in the soak test: a flow sends many commands one after the other. */
const SLOW_REDIS_MS = 75

let behind: StackBehindProxies

beforeAll(async () => {
  // Longer than a busy machine's pauses. No process dies here, so the lease is long, too.
  behind = await startStackBehindProxies(2 * FLOWS, {
    TURN_LEASE_SECONDS: '30',
    AGENTCORE_TIMEOUT_MS: '10000',
    VENDOR_TIMEOUT_MS: '10000',
    ACCOUNT_TIMEOUT_MS: '10000',
  })
})
afterAll(() => behind.stop())

const nothingWrong = { flows: FLOWS, lost: 0, duplicated: 0, wrong: 0, why: [] }
const flows = (first: number) => runFlows(behind.stack, { flows: FLOWS, atATime: FLOWS, first, seed: first })

test('slow Redis: every flow ends as without it', async () => {
  for (const proxy of behind.everyProxy) proxy.delay(SLOW_REDIS_MS)
  const ended = await flows(1)
  for (const proxy of behind.everyProxy) proxy.delay(0)
  const count = await checkAll(ended, 4)
  expect(count).toMatchObject({ ...nothingWrong, told: 0 })
})

test('slow vendors, also beyond the timeout: a change with an unknown outcome is reported as unknown', async () => {
  for (const [vendor, path] of [
    ['github', '/user/repos'],
    ['github', '/repos'],
    ['google-calendar', '/calendar'],
  ] as const) {
    await failVendor(behind.stack, vendor, { path, delayMs: 12_000, times: 1 })
    await failVendor(behind.stack, vendor, { delayMs: 1_500, times: 4 })
  }
  const count = await checkAll(await flows(1 + FLOWS), 4)
  expect(count).toMatchObject(nothingWrong)
  expect(count.told).toBeGreaterThan(0)
})
