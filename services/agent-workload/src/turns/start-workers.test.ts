import { BINDING_NOTIFICATIONS_STREAM, type StartId, type TurnId, type UserRef } from '@agent-identity/contracts'
import { createLogger } from '@agent-identity/service-runtime'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { Redis } from 'ioredis'
import { startWorkers } from './start-workers.ts'
import type { Turns } from './turns.ts'
import { createWorkQueue } from './work-queue.ts'

const turn = (n: number) => `${'c'.repeat(22)}.${String(n).padStart(11, '0')}` as TurnId
const startId = `${'s'.repeat(22)}.${'a'.repeat(22)}` as StartId

let server: TestRedis
let redis: Redis
beforeEach(async () => {
  server = await startTestRedis()
  redis = await server.ready()
})
afterEach(() => server.stop())

function start(
  ownerOf: (turnId: TurnId) => string,
  handlers: Pick<Parameters<typeof startWorkers>[0], 'runTurn' | 'settle'>,
) {
  return startWorkers({
    redis,
    blocking: { turns: server.connect(), notifications: server.connect() },
    turns: { leaseMs: 15_000, read: async (id: TurnId) => ({ owner: ownerOf(id) as UserRef }) } as Turns,
    turnsAtOncePerUser: 2,
    log: createLogger({ service: 'test', level: 'silent' }),
    ...handlers,
  })
}

test('while turns occupy every slot, a notification is still processed', async () => {
  const end = Promise.withResolvers<undefined>()
  const full = Promise.withResolvers<void>()
  const settled = Promise.withResolvers<StartId>()
  let running = 0
  const workers = start((turnId) => turnId, {
    runTurn: () => {
      if (++running === 64) full.resolve()
      return end.promise
    },
    settle: async (id) => settled.resolve(id),
  })
  const work = createWorkQueue(redis)
  for (let n = 0; n < 80; n++) await work.enqueue({ turnId: turn(n), kind: 'start' })
  await full.promise
  await redis.xadd(BINDING_NOTIFICATIONS_STREAM, '*', 'startId', startId)
  expect(await settled.promise).toBe(startId)
  expect(running).toBe(64)
  await workers.stop(0, () => end.resolve(undefined))
})

test('a turn counts for its owner, whatever user the work names', async () => {
  const end = Promise.withResolvers<undefined>()
  const hers = Promise.withResolvers<void>()
  const begun: TurnId[] = []
  const workers = start((turnId) => (turnId === turn(9) ? 'alice' : 'bob'), {
    runTurn: ({ turnId }) => {
      begun.push(turnId)
      if (turnId === turn(9)) hers.resolve()
      return end.promise
    },
    settle: async () => undefined,
  })
  for (let n = 0; n < 10; n++)
    await redis.xadd('turn-work:{agent-workload}', '*', 'turnId', turn(n), 'kind', 'start', 'owner', String(n))
  await hers.promise
  expect(begun).toEqual([turn(0), turn(1), turn(9)])
  await workers.stop(0, () => end.resolve(undefined))
})
