import { TURN_WORK_STREAM } from '@agent-identity/contracts'
import { expect, test } from '@jest/globals'
import { createChance } from '../resilience/support/chance.ts'
import { checkAll } from '../resilience/support/effects.ts'
import { injectFaults } from '../resilience/support/faults.ts'
import { runFlows } from '../resilience/support/flows.ts'
import { redisFaults } from '../resilience/support/redis-faults.ts'
import { startRedisCluster } from '../resilience/support/redis-servers.ts'
import { config } from './config.ts'
import { behindProxies, nothingWrong, onOneStack, stopAfterwards, tell } from './soaking.ts'

test('flows by the thousand with everything failing at random: none is lost, done twice or wrong', async () => {
  const { flows, seed } = config
  const behind = await behindProxies(flows)
  const stop = new AbortController()
  const others = redisFaults(behind, createChance(seed + 3))
  const faults = injectFaults(behind.stack, behind.replicas, seed, stop.signal, others)
  const ended = await runFlows(behind.stack, { flows, atATime: 40, seed })
  stop.abort()
  const injected = await faults
  const count = await checkAll(ended, 8)
  tell('flows with faults', count, { injected })
  expect(count).toMatchObject({ ...nothingWrong, flows })
  // If fewer flows are done, there are too many faults.
  expect(count.done).toBeGreaterThan(flows / 4)
})

test('a rolling restart of both services during two hundred flows at a time', async () => {
  const flows = 200
  const { stack, replicas } = await onOneStack(flows, { AGENTCORE_TIMEOUT_MS: '5000' })
  const running = runFlows(stack, { flows, atATime: flows, seed: config.seed })
  await replicas.rollingRestart()
  const count = await checkAll(await running, 8)
  tell('rolling restart', count)
  expect(count).toMatchObject({ ...nothingWrong, flows })
})

test('a Redis Cluster that loses the master of the work queue during flows', async () => {
  const flows = 60
  const cluster = stopAfterwards(await startRedisCluster())
  const { stack } = await onOneStack(flows, { REDIS_URL: cluster.url, REDIS_TOPOLOGY: 'cluster' })
  const running = runFlows(stack, { flows, atATime: 10, seed: config.seed })
  await cluster.failOver(TURN_WORK_STREAM)
  const count = await checkAll(await running, 8)
  tell('failover during flows', count)
  expect(count).toMatchObject({ ...nothingWrong, flows })
})
