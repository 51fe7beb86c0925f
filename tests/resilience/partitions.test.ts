import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createChance } from './support/chance.ts'
import { checkAll, runFlows } from './support/flows.ts'
import { type StackBehindProxies, startStackBehindProxies } from './support/stack-behind-proxies.ts'

const FLOWS = 12

let behind: StackBehindProxies

beforeAll(async () => {
  behind = await startStackBehindProxies(FLOWS)
})
afterAll(() => behind.stop())

test('replicas that cannot reach Redis, one or all of them: every flow ends, rightly or with a word to its user', async () => {
  const { stack, proxies, everyProxy } = behind
  const running = runFlows(stack, { flows: FLOWS, atATime: FLOWS, chance: createChance(6) })
  let over = false
  void running.finally(() => {
    over = true
  })
  const one = [proxies['agent-workload'][0], proxies['session-binding'][1]]
  for (const [of, how] of [
    [one, 'hold'],
    [one, 'drop'],
    [everyProxy, 'hold'],
    [everyProxy, 'drop'],
  ] as const) {
    await pause(1_000)
    for (const proxy of of) proxy[how]()
    await pause(1_500)
    for (const proxy of of) proxy.heal()
  }
  expect(over).toBe(false)
  expect(await checkAll(await running, 4)).toMatchObject({ flows: FLOWS, lost: 0, duplicated: 0, wrong: 0, why: [] })
})
