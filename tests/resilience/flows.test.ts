import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import type { Stack } from '../support/stack.ts'
import { startStackOfItsOwn } from '../support/stack-of-its-own.ts'
import { checkAll } from './support/effects.ts'
import { injectFaults } from './support/faults.ts'
import { FAULTED_STACK, people, runFlows } from './support/flows.ts'
import { FLOWS_TEST_TIMEOUT_MS } from './support/following.ts'
import { replicasOf } from './support/replicas.ts'

const FLOWS = 8

jest.setTimeout(FLOWS_TEST_TIMEOUT_MS)

let stack: Stack & { stop(): Promise<void> }
let replicas: ReturnType<typeof replicasOf>

beforeEach(async () => {
  stack = await startStackOfItsOwn(FAULTED_STACK, { extraUsers: people(FLOWS) })
  replicas = replicasOf(stack)
})
afterEach(async () => {
  await replicas.stop()
  await stack.stop()
})

const nothingWrong = { flows: FLOWS, lost: 0, duplicated: 0, wrong: 0, why: [] }

test('a rolling restart of both services during flows: every flow ends correctly', async () => {
  const running = runFlows(stack, { flows: FLOWS, atATime: FLOWS, seed: 1 })
  await replicas.rollingRestart()
  expect(await checkAll(await running, 4)).toMatchObject(nothingWrong)
})

test('killed replicas, AgentCore and vendors that fail: every flow ends correctly or with a message to its user', async () => {
  const seed = Date.now()
  // With faults until the end, a flow might need any number of attempts.
  const faults = injectFaults(stack, replicas, seed, AbortSignal.timeout(10_000))
  const flows = await runFlows(stack, { flows: FLOWS, atATime: 6, seed })
  await faults
  expect({ seed, ...(await checkAll(flows, 4)) }).toMatchObject({ seed, ...nothingWrong })
})
