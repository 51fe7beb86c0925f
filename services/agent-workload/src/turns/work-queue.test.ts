import { TURN_WORK_STREAM } from '@agent-identity/contracts'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { collector, startWorkWorld, turn, type WorkWorld } from './test-support/work-world.ts'
import { createWorkQueue } from './work-queue.ts'

let world: WorkWorld
beforeEach(async () => {
  world = await startWorkWorld()
})
afterEach(() => world.stop())

test('every item goes to one of two replicas, once, and none remains', async () => {
  const { handled, all, handle } = collector(50)
  world.work('one', handle)
  world.work('two', handle)
  const queue = createWorkQueue(world.redis)
  await Promise.all(Array.from({ length: 50 }, (_, n) => queue.enqueue({ turnId: turn(n), kind: 'start' })))
  await all
  expect(new Set(handled).size).toBe(50)
  await world.workers.pop()?.stop(0, () => {})
  expect([await world.unacknowledged(), await world.redis.xlen(TURN_WORK_STREAM)]).toEqual([0, 0])
})

test('a failed item is not acknowledged, so that it is delivered again', async () => {
  let failed = () => {}
  const failing = new Promise<void>((resolve) => {
    failed = resolve
  })
  world.work('one', async () => {
    failed()
    throw new Error('lost')
  })
  await createWorkQueue(world.redis).enqueue({ turnId: turn(1), kind: 'start' })
  await failing
  expect([await world.unacknowledged(), await world.redis.xlen(TURN_WORK_STREAM)]).toEqual([1, 1])
})

test('an item whose turn another run has is kept, so that it is delivered again if that one dies', async () => {
  const { all, handle } = collector(1)
  world.work('one', async (item) => {
    await handle(item)
    return 'elsewhere'
  })
  await createWorkQueue(world.redis).enqueue({ turnId: turn(1), kind: 'start' })
  await all
  await world.workers.pop()?.stop(0, () => {})
  expect([await world.unacknowledged(), await world.redis.xlen(TURN_WORK_STREAM)]).toEqual([1, 1])
})

test('an item of a dead replica is done by another', async () => {
  let end = () => {}
  world.work('silent', () => {
    return new Promise((resolve) => {
      end = () => resolve(undefined)
    })
  })
  await createWorkQueue(world.redis).enqueue({ turnId: turn(1), kind: 'start' })
  while ((await world.unacknowledged().catch(() => 0)) === 0) await new Promise((resolve) => setImmediate(resolve))
  const { handled, all, handle } = collector(1)
  world.work('alive', handle, { takeOverAfterMs: 100 })
  await all
  expect(handled).toEqual([turn(1)])
  end()
})

test('work continues after Redis was killed and restarted empty', async () => {
  const { all, handle } = collector(1)
  world.work('one', handle)
  await world.server.kill()
  await world.server.start()
  if (world.redis.status !== 'ready') await new Promise((resolve) => world.redis.once('ready', resolve))
  await createWorkQueue(world.redis).enqueue({ turnId: turn(1), kind: 'start' })
  await all
})

test('stopping lets running items finish, and calls `abort` when that takes too long', async () => {
  let finish = () => {}
  let started = () => {}
  const running = new Promise<void>((resolve) => {
    started = resolve
  })
  world.work('one', () => {
    started()
    return new Promise((resolve) => {
      finish = () => resolve(undefined)
    })
  })
  await createWorkQueue(world.redis).enqueue({ turnId: turn(1), kind: 'start' })
  await running
  await world.workers.pop()?.stop(20, () => finish())
  expect(await world.unacknowledged()).toBe(0)
})

test('stopping does not wait for a Redis that is away', async () => {
  world.work('one', async () => {})
  await world.server.kill()
  await world.workers.pop()?.stop(0, () => {})
})
