import { AGENT_WORKLOAD_CONSUMER_GROUP, TURN_WORK_STREAM, type TurnId } from '@agent-identity/contracts'
import { createLogger } from '@agent-identity/service-runtime'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { Redis } from 'ioredis'
import { createWorkQueue, startWorker, type WorkHandler } from './work-queue.ts'

const log = createLogger({ service: 'test', level: 'silent' })
const turn = (n: number) => `${'c'.repeat(22)}.${String(n).padStart(11, '0')}` as TurnId

let server: TestRedis
let redis: Redis
let workers: ReturnType<typeof startWorker>[]

beforeEach(async () => {
  server = await startTestRedis()
  redis = server.connect()
  await new Promise((resolve) => redis.once('ready', resolve))
  workers = []
})
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.stop(0, () => {})))
  await server.stop()
})

function work(consumer: string, handle: WorkHandler): void {
  workers.push(
    startWorker({ redis, blocking: server.connect(), consumer, concurrency: 8, takeOverAfterMs: 30_000, handle, log }),
  )
}

/** Resolves when `count` items have been handled. */
function collector(count: number) {
  const handled: string[] = []
  let complete = () => {}
  const all = new Promise<void>((resolve) => {
    complete = resolve
  })
  const handle: WorkHandler = async (_stream, fields) => {
    handled.push(fields.turnId ?? '')
    if (handled.length === count) complete()
    return undefined
  }
  return { handled, all, handle }
}

const unacknowledged = async () =>
  ((await redis.xpending(TURN_WORK_STREAM, AGENT_WORKLOAD_CONSUMER_GROUP)) as [number])[0]

test('every item goes to one of two replicas, once, and nothing is left behind', async () => {
  const { handled, all, handle } = collector(50)
  work('one', handle)
  work('two', handle)
  const queue = createWorkQueue(redis)
  await Promise.all(Array.from({ length: 50 }, (_, n) => queue.enqueue({ turnId: turn(n), kind: 'start' })))
  await all
  expect(new Set(handled).size).toBe(50)
  await workers.pop()?.stop(0, () => {})
  expect([await unacknowledged(), await redis.xlen(TURN_WORK_STREAM)]).toEqual([0, 0])
})

test('what a replica failed at is not acknowledged, so that it comes back', async () => {
  let failed = () => {}
  const failing = new Promise<void>((resolve) => {
    failed = resolve
  })
  work('one', async () => {
    failed()
    throw new Error('lost')
  })
  await createWorkQueue(redis).enqueue({ turnId: turn(1), kind: 'start' })
  await failing
  expect([await unacknowledged(), await redis.xlen(TURN_WORK_STREAM)]).toEqual([1, 1])
})

test('what another run is at stays, so that it comes back should that one die', async () => {
  const { all, handle } = collector(1)
  work('one', async (...item) => {
    await handle(...item)
    return 'elsewhere'
  })
  await createWorkQueue(redis).enqueue({ turnId: turn(1), kind: 'start' })
  await all
  await workers.pop()?.stop(0, () => {})
  expect([await unacknowledged(), await redis.xlen(TURN_WORK_STREAM)]).toEqual([1, 1])
})

test('what a replica died with is done by another', async () => {
  let end = () => {}
  work('silent', () => {
    return new Promise((resolve) => {
      end = () => resolve(undefined)
    })
  })
  await createWorkQueue(redis).enqueue({ turnId: turn(1), kind: 'start' })
  while ((await unacknowledged().catch(() => 0)) === 0) await new Promise((resolve) => setImmediate(resolve))
  const { handled, all, handle } = collector(1)
  workers.push(
    startWorker({
      redis,
      blocking: server.connect(),
      consumer: 'alive',
      concurrency: 8,
      takeOverAfterMs: 100,
      handle,
      log,
    }),
  )
  await all
  expect(handled).toEqual([turn(1)])
  end()
})

test('work goes on after Redis was killed and came back empty', async () => {
  const { all, handle } = collector(1)
  work('one', handle)
  await server.kill()
  await server.start()
  if (redis.status !== 'ready') await new Promise((resolve) => redis.once('ready', resolve))
  await createWorkQueue(redis).enqueue({ turnId: turn(1), kind: 'start' })
  await all
})

test('stopping lets what runs finish, and says so when it takes too long', async () => {
  let finish = () => {}
  let started = () => {}
  const running = new Promise<void>((resolve) => {
    started = resolve
  })
  work('one', () => {
    started()
    return new Promise((resolve) => {
      finish = () => resolve(undefined)
    })
  })
  await createWorkQueue(redis).enqueue({ turnId: turn(1), kind: 'start' })
  await running
  await workers.pop()?.stop(20, () => finish())
  expect(await unacknowledged()).toBe(0)
})

test('stopping does not wait for a Redis that is away', async () => {
  work('one', async () => {})
  await server.kill()
  await workers.pop()?.stop(0, () => {})
})
