import { TURN_WORK_STREAM } from '@agent-identity/contracts'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { collector, startWorkWorld, turn, type WorkWorld } from './test-support/work-world.ts'
import { createWorkQueue, type WorkHandler } from './work-queue.ts'

let world: WorkWorld
beforeEach(async () => {
  world = await startWorkWorld()
})
afterEach(() => world.stop())

describe('beside a user with a long backlog', () => {
  const backlog = 40
  const ownerOf = async ({ turnId = '' }) => (turnId === turn(backlog) ? 'alice' : 'bob')

  async function askAll(): Promise<void> {
    const queue = createWorkQueue(world.redis)
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
    world.work('one', handle, { ownerOf, share: 3 })
    await hers.promise
    expect(begun).toEqual([turn(0), turn(1), turn(2), turn(backlog)])
    end.resolve(undefined)
  })

  test('items beyond the limit are delivered again, and all are done once', async () => {
    // More than a process keeps of one owner.
    const all = collector(300)
    const queue = createWorkQueue(world.redis)
    const first = Promise.withResolvers<undefined>()
    let busy = 0
    const handle: WorkHandler = async (fields) => {
      if (++busy <= 3) await first.promise
      return all.handle(fields)
    }
    for (let n = 0; n < 300; n++) await queue.enqueue({ turnId: turn(n), kind: 'start' })
    let seen = 0
    const read = Promise.withResolvers<void>()
    world.work('one', handle, {
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
    world.work('one', handle, { ownerOf, share: 3 })
    await hers.promise
    await world.workers.pop()?.stop(0, () => end.resolve(undefined))
    expect(begun).toHaveLength(4)
    expect([await world.unacknowledged(), await world.redis.xlen(TURN_WORK_STREAM)]).toEqual([0, backlog - 3])
    const { handled, all, handle: next } = collector(backlog - 3)
    world.work('two', next, { ownerOf })
    await all
    expect(new Set([...handled, ...begun]).size).toBe(backlog + 1)
  })

  test('an item that a dead replica had not begun is done by another', async () => {
    await askAll()
    const end = Promise.withResolvers<undefined>()
    const hers = Promise.withResolvers<void>()
    const dead = world.server.connect()
    world.work(
      'dies',
      async ({ turnId }) => {
        if (turnId === turn(backlog)) hers.resolve()
        return end.promise
      },
      { redis: dead, ownerOf, share: 3 },
    )
    await hers.promise
    dead.disconnect()
    const { handled, all, handle } = collector(backlog + 1)
    world.work('alive', handle, { ownerOf, takeOverAfterMs: 100 })
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
  const queue = createWorkQueue(world.redis)
  world.work(
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
  world.work('free', handle, { ownerOf: someone })
  await all
  expect(handled.toSorted()).toEqual([turn(2), turn(3), turn(4)])
  expect(begun).toBe(2)
  end.resolve(undefined)
})
