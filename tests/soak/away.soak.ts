import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { checkAll } from '../resilience/support/effects.ts'
import { runFlows } from '../resilience/support/flows.ts'
import { SLOW_REDIS_MS } from '../resilience/support/redis-faults.ts'
import { config } from './config.ts'
import { behindProxies, nothingWrong, onOneStack, tell } from './soaking.ts'

const MINUTE_MS = 60_000

test('AgentCore that does not answer for a minute in the middle of flows', async () => {
  const flows = 300
  const { stack } = await onOneStack(flows)
  // Without pauses between flows, none would be left for the time after AgentCore was away.
  const restMs = 5_000
  const [agentcore] = stack.processes['agentcore-identity'] ?? []
  if (!agentcore) throw new Error('The local stack has no AgentCore Identity')
  let over = false
  const running = runFlows(stack, { flows, atATime: 10, restMs, seed: config.seed }).finally(() => {
    over = true
  })
  await pause(60_000)
  process.kill(agentcore.pid, 'SIGSTOP')
  await pause(MINUTE_MS)
  expect(over).toBe(false)
  process.kill(agentcore.pid, 'SIGCONT')
  const count = await checkAll(await running, 8)
  tell('AgentCore away for a minute', count)
  expect(count).toMatchObject({ ...nothingWrong, flows })
})

test('Redis that takes half a second for every command, during whole flows', async () => {
  const flows = 120
  const { stack, everyProxy } = await behindProxies(flows)
  for (const proxy of everyProxy) proxy.delay(SLOW_REDIS_MS)
  const ended = await runFlows(stack, { flows, atATime: 40, seed: config.seed })
  for (const proxy of everyProxy) proxy.delay(0)
  const count = await checkAll(ended, 8)
  tell('Redis slow', count)
  expect(count).toMatchObject({ ...nothingWrong, flows })
})

test('Redis that restarts empty, again and again, during flows', async () => {
  const flows = 200
  const { stack, redis } = await behindProxies(flows)
  let emptied = false
  let over = false
  const mayBeSignedOut = () => emptied
  const { seed } = config
  const running = runFlows(stack, { flows, atATime: 10, seed, mayBeSignedOut }).finally(() => {
    over = true
  })
  let times = 0
  for (; !over; times++) {
    await pause(4_000)
    emptied = true
    await redis.restart('emptied')
  }
  const count = await checkAll(await running, 8)
  tell('Redis restarts empty', count, { times })
  expect(count).toMatchObject({ ...nothingWrong, flows })
  expect(count.signedOut).toBeGreaterThan(0)
})
