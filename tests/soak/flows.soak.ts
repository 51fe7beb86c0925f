import { TURN_WORK_STREAM } from '@agent-identity/contracts'
import { afterEach, expect, jest, test } from '@jest/globals'
import { createChance } from '../resilience/support/chance.ts'
import { injectFaults } from '../resilience/support/faults.ts'
import { type Count, checkAll, FAULTED_STACK, people, runFlows } from '../resilience/support/flows.ts'
import { startRedisCluster } from '../resilience/support/redis-servers.ts'
import { replicasOf } from '../resilience/support/replicas.ts'
import { startStackOfItsOwn } from '../support/stack-of-its-own.ts'
import { config } from './config.ts'

jest.setTimeout(60 * 60_000)

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

async function start(flows: number, environment: Record<string, string> = {}) {
  const stack = await startStackOfItsOwn({ ...FAULTED_STACK, ...environment }, { extraUsers: people(flows) })
  stops.push(() => stack.stop())
  const replicas = replicasOf(stack)
  stops.push(() => replicas.stop())
  return { stack, replicas }
}

function tell(what: string, { why, ...count }: Count, more: object = {}): void {
  process.stdout.write(`${what}: ${JSON.stringify({ seed: config.seed, ...count, ...more })}\n${why.join('\n')}\n`)
}

const nothingWrong = { lost: 0, duplicated: 0, wrong: 0 }

test('flows by the thousand with everything failing at random: none is lost, done twice or wrong', async () => {
  const { flows, seed } = config
  const { stack, replicas } = await start(flows)
  const stop = new AbortController()
  const faults = injectFaults(stack, replicas, createChance(seed), stop.signal)
  const ended = await runFlows(stack, { flows, atATime: 40, chance: createChance(seed + 1) })
  stop.abort()
  const injected = await faults
  const count = await checkAll(ended, 8)
  tell('flows with faults', count, { injected })
  expect(count).toMatchObject({ ...nothingWrong, flows })
  // Faults are not all that there is.
  expect(count.done).toBeGreaterThan(flows / 4)
})

test('a rolling restart of both services during two hundred flows at a time', async () => {
  const flows = 200
  const { stack, replicas } = await start(flows, { AGENTCORE_TIMEOUT_MS: '5000' })
  const running = runFlows(stack, { flows, atATime: flows, chance: createChance(config.seed) })
  await replicas.rollingRestart()
  const count = await checkAll(await running, 8)
  tell('rolling restart', count)
  expect(count).toMatchObject({ ...nothingWrong, flows })
})

test('a Redis Cluster that loses the master of the work queue during flows', async () => {
  const flows = 60
  const cluster = await startRedisCluster()
  stops.push(() => cluster.stop())
  const { stack } = await start(flows, { REDIS_URL: cluster.url, REDIS_TOPOLOGY: 'cluster' })
  const running = runFlows(stack, { flows, atATime: 10, chance: createChance(config.seed) })
  await cluster.failOver(TURN_WORK_STREAM)
  const count = await checkAll(await running, 8)
  tell('failover during flows', count)
  expect(count).toMatchObject({ ...nothingWrong, flows })
})
