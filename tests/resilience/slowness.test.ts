import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { failVendor } from '../support/vendors.ts'
import { createChance } from './support/chance.ts'
import { checkAll, runFlows } from './support/flows.ts'
import { type StackBehindProxies, startStackBehindProxies } from './support/stack-behind-proxies.ts'

const FLOWS = 6

/** A flow has about seventy commands, one after the other: with the half second that the soak test has, it takes as many halves. */
const SLOW_REDIS_MS = 75

let behind: StackBehindProxies

beforeAll(async () => {
  // Nothing dies here: the short lease that notices deaths would take a busy machine's pause for one.
  behind = await startStackBehindProxies(2 * FLOWS, { TURN_LEASE_SECONDS: '30', AGENTCORE_TIMEOUT_MS: '10000' })
})
afterAll(() => behind.stop())

const nothingWrong = { flows: FLOWS, lost: 0, duplicated: 0, wrong: 0, why: [] }
const flows = (first: number) =>
  runFlows(behind.stack, { flows: FLOWS, atATime: FLOWS, first, chance: createChance(first) })

test('Redis that takes its time for everything: every flow ends as it does otherwise', async () => {
  for (const proxy of behind.everyProxy) proxy.delay(SLOW_REDIS_MS)
  const ended = await flows(1)
  for (const proxy of behind.everyProxy) proxy.delay(0)
  const count = await checkAll(ended, 4)
  expect(count).toMatchObject({ ...nothingWrong, told: 0 })
})

test('vendors that take their time, and more than anybody waits: what is not known to be done is said not to be', async () => {
  for (const [vendor, path] of [
    ['github', '/user/repos'],
    ['github', '/repos'],
    ['google-calendar', '/calendar'],
  ] as const) {
    await failVendor(behind.stack, vendor, { path, delayMs: 4_000, times: 1 })
    await failVendor(behind.stack, vendor, { delayMs: 1_500, times: 4 })
  }
  const count = await checkAll(await flows(1 + FLOWS), 4)
  expect(count).toMatchObject(nothingWrong)
  expect(count.told).toBeGreaterThan(0)
})
