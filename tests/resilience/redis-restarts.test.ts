import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { withRedis } from '../support/redis.ts'
import { until } from '../support/until.ts'
import { checkAll } from './support/effects.ts'
import { runFlows } from './support/flows.ts'
import { FLOWS_TEST_TIMEOUT_MS } from './support/following.ts'
import { type StackBehindProxies, startStackBehindProxies } from './support/stack-behind-proxies.ts'

const FLOWS = 12

jest.setTimeout(FLOWS_TEST_TIMEOUT_MS)

let behind: StackBehindProxies

beforeAll(async () => {
  behind = await startStackBehindProxies(2 * FLOWS)
})
afterAll(() => behind.stop())

const nothingWrong = { flows: FLOWS, lost: 0, duplicated: 0, wrong: 0, why: [] }

test('Redis that restarts with its data, in the middle of flows: every flow ends correctly', async () => {
  const running = runFlows(behind.stack, { flows: FLOWS, atATime: FLOWS, seed: 7 })
  for (let time = 0; time < 3; time++) {
    await pause(1_000)
    await behind.redis.restart('kept')
  }
  expect(await checkAll(await running, 4)).toMatchObject(nothingWrong)
})

test('Redis that restarts empty, in the middle of flows: unfinished users are asked to sign in, and then can do everything', async () => {
  const asked = () => withRedis(behind.stack, async (redis) => (await redis.keys('start:*')).length)
  const before = await asked()
  let emptied = false
  const mayBeSignedOut = () => emptied
  const running = runFlows(behind.stack, {
    flows: FLOWS,
    atATime: FLOWS,
    first: 1 + FLOWS,
    seed: 8,
    mayBeSignedOut,
  })
  await until(async () => (await asked()) >= before + FLOWS / 4)
  emptied = true
  await behind.redis.restart('emptied')
  const count = await checkAll(await running, 4)
  expect(count).toMatchObject(nothingWrong)
  expect(count.signedOut).toBeGreaterThan(0)
})
