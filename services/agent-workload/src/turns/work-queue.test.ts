import { AGENT_WORKLOAD_CONSUMER_GROUP, TURN_WORK_STREAM, type TurnId } from '@agent-identity/contracts'
import { createLogger } from '@agent-identity/service-runtime'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
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

function work(consumer: string, handle: WorkHandler, more: Partial<Parameters<typeof startWorker>[0]> = {}): void {
  workers.push(
    startWorker({
      redis,
      blocking: server.connect(),
      stream: TURN_WORK_STREAM,
      consumer,
      slots: 8,
      share: 8,
      ownerOf: async () => 'alice',
      takeOverAfterMs: 30_000,
      handle,
      log,
      ...more,
    }),
  )
}

/** Resolves when `count` items have been handled. */
function collector(count: number) {
  const handled: string[] = []
  let complete = () => {}
  const all = new Promise<void>((resolve) => {
    complete = resolve
  })
  const handle: WorkHandler = async (fields) => {
    handled.push(fields.turnId ?? '')
    if (handled.length === count) complete()
    return undefined
  }
  return { handled, all, handle }
}

const unacknowledged = async () =>
  ((await redis.xpending(TURN_WORK_STREAM, AGENT_WORKLOAD_CONSUMER_GROUP)) as [number])[0]

test('every item goes to one of two replicas, once, and none remains', async () => {
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

test('a failed item is not acknowledged, so that it is delivered again', async () => {
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

test('an item whose turn another run has is kept, so that it is delivered again if that one dies', async () => {
  const { all, handle } = collector(1)
  work('one', async (item) => {
    await handle(item)
    return 'elsewhere'
  })
  await createWorkQueue(redis).enqueue({ turnId: turn(1), kind: 'start' })
  await all
  await workers.pop()?.stop(0, () => {})
  expect([await unacknowledged(), await redis.xlen(TURN_WORK_STREAM)]).toEqual([1, 1])
})

test('an item of a dead replica is done by another', async () => {
  let end = () => {}
  work('silent', () => {
    return new Promise((resolve) => {
      end = () => resolve(undefined)
    })
  })
  await createWorkQueue(redis).enqueue({ turnId: turn(1), kind: 'start' })
  while ((await unacknowledged().catch(() => 0)) === 0) await new Promise((resolve) => setImmediate(resolve))
  const { handled, all, handle } = collector(1)
  work('alive', handle, { takeOverAfterMs: 100 })
  await all
  expect(handled).toEqual([turn(1)])
  end()
})

test('work continues after Redis was killed and restarted empty', async () => {
  const { all, handle } = collector(1)
  work('one', handle)
  await server.kill()
  await server.start()
  if (redis.status !== 'ready') await new Promise((resolve) => redis.once('ready', resolve))
  await createWorkQueue(redis).enqueue({ turnId: turn(1), kind: 'start' })
  await all
})

test('stopping lets running items finish, and reports when that takes too long', async () => {
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

describe('beside a user with a long backlog', () => {
  /** The first items are of one user, the last one is of another. */
  const backlog = 40
  const ownerOf = async ({ turnId = '' }) => (turnId === turn(backlog) ? 'alice' : 'bob')

  async function askAll(): Promise<void> {
    const queue = createWorkQueue(redis)
    for (let n = 0; n <= backlog; n++) await queue.enqueue({ turnId: turn(n), kind: 'start' })
  }

  test('another user’s turn begins, and only a share of the backlog does', async () => {
    await askAll()
    const begun: string[] = []
    const end = Promise.withResolvers<undefined>()
    const hers = Promise.withResolvers<void>()
    const handle: WorkHandler = async ({ turnId = '' }) => {
      begun.push(turnId)
      if (turnId !== turn(backlog)) return end.promise
      hers.resolve()
      return undefined
    }
    work('one', handle, { ownerOf, share: 3 })
    await hers.promise
    expect(begun).toEqual([turn(0), turn(1), turn(2), turn(backlog)])
    end.resolve(undefined)
  })

  test('items beyond the limit are delivered again, and all are done once', async () => {
    // More than a process keeps of one owner.
    const all = collector(300)
    const queue = createWorkQueue(redis)
    const first = Promise.withResolvers<undefined>()
    let busy = 0
    const handle: WorkHandler = async (fields) => {
      if (++busy <= 3) await first.promise
      return all.handle(fields)
    }
    for (let n = 0; n < 300; n++) await queue.enqueue({ turnId: turn(n), kind: 'start' })
    let seen = 0
    const read = Promise.withResolvers<void>()
    work('one', handle, {
      share: 3,
      takeOverAfterMs: 100,
      async ownerOf() {
        if (++seen === 300) read.resolve()
        return 'bob'
      },
    })
    await read.promise
    first.resolve(undefined)
    await all.all
    expect(new Set(all.handled).size).toBe(300)
  })

  test('a stopping replica returns items that it has not begun, at once', async () => {
    await askAll()
    const begun: string[] = []
    const end = Promise.withResolvers<undefined>()
    const hers = Promise.withResolvers<void>()
    const handle: WorkHandler = async ({ turnId = '' }) => {
      begun.push(turnId)
      if (turnId === turn(backlog)) hers.resolve()
      return end.promise
    }
    work('one', handle, { ownerOf, share: 3 })
    await hers.promise
    await workers.pop()?.stop(0, () => end.resolve(undefined))
    expect(begun).toHaveLength(4)
    expect([await unacknowledged(), await redis.xlen(TURN_WORK_STREAM)]).toEqual([0, backlog - 3])
    const { handled, all, handle: next } = collector(backlog - 3)
    work('two', next, { ownerOf })
    await all
    expect(new Set([...handled, ...begun]).size).toBe(backlog + 1)
  })

  test('an item that a dead replica had not begun is done by another', async () => {
    await askAll()
    const end = Promise.withResolvers<undefined>()
    const hers = Promise.withResolvers<void>()
    const dead = server.connect()
    work(
      'dies',
      async ({ turnId }) => {
        if (turnId === turn(backlog)) hers.resolve()
        return end.promise
      },
      // A process that neither renews nor acknowledges.
      { redis: dead, ownerOf, share: 3 },
    )
    await hers.promise
    dead.disconnect()
    const { handled, all, handle } = collector(backlog + 1)
    work('alive', handle, { ownerOf, takeOverAfterMs: 100 })
    await all
    expect(new Set(handled).size).toBe(backlog + 1)
    end.resolve(undefined)
  })
})

test('a replica without a free slot leaves the work to the others', async () => {
  const end = Promise.withResolvers<undefined>()
  const full = Promise.withResolvers<void>()
  let begun = 0
  const someone = async ({ turnId = '' }) => turnId
  const queue = createWorkQueue(redis)
  work(
    'full',
    async () => {
      if (++begun === 2) full.resolve()
      return end.promise
    },
    { ownerOf: someone, slots: 2 },
  )
  for (let n = 0; n < 2; n++) await queue.enqueue({ turnId: turn(n), kind: 'start' })
  await full.promise
  const { handled, all, handle } = collector(3)
  for (let n = 2; n < 5; n++) await queue.enqueue({ turnId: turn(n), kind: 'start' })
  work('free', handle, { ownerOf: someone })
  await all
  expect(handled.toSorted()).toEqual([turn(2), turn(3), turn(4)])
  expect(begun).toBe(2)
  end.resolve(undefined)
})
