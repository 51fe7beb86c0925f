import { expect, test } from '@jest/globals'
import { createFairQueue } from './fair-queue.ts'

function harness(limits: Partial<Parameters<typeof createFairQueue>[0]> = {}) {
  const queue = createFairQueue({ slots: 8, share: 3, waiting: 100, ...limits })
  const begun: string[] = []
  const ends = new Map<string, () => void>()
  const add = (owner: string, n: number) =>
    queue.add(owner, () => {
      const name = `${owner} ${n}`
      begun.push(name)
      const { promise, resolve } = Promise.withResolvers<void>()
      ends.set(name, resolve)
      return promise
    })
  const addAll = (owner: string, count: number) => Array.from({ length: count }, (_, n) => add(owner, n))
  async function end(name: string): Promise<void> {
    ends.get(name)?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { queue, begun, add, addAll, end }
}

test('an owner has a share of the slots, and others begin at once', () => {
  const { begun, addAll } = harness()
  addAll('bob', 10)
  addAll('alice', 1)
  expect(begun).toEqual(['bob 0', 'bob 1', 'bob 2', 'alice 0'])
})

test('half of the slots are kept for owners who have nothing running, however many are greedy', () => {
  const { begun, addAll, queue } = harness()
  for (const greedy of ['bob', 'carol', 'dave', 'erin']) addAll(greedy, 10)
  // Each owner's first item begins; a second and a third begin only while fewer than four run.
  expect(begun).toEqual(['bob 0', 'bob 1', 'bob 2', 'carol 0', 'dave 0', 'erin 0'])
  expect(queue.isFull()).toBe(false)
  addAll('alice', 2)
  expect(begun.at(-1)).toBe('alice 0')
})

test('the owner with the fewest running is next, and among equals the one that has waited longest', async () => {
  const { begun, addAll, end } = harness({ slots: 2 })
  addAll('bob', 3)
  addAll('carol', 2)
  addAll('alice', 1)
  expect(begun).toEqual(['bob 0', 'carol 0'])
  await end('bob 0')
  expect(begun.slice(2)).toEqual(['alice 0'])
  await end('carol 0')
  expect(begun.slice(3)).toEqual(['bob 1'])
  await end('alice 0')
  expect(begun.slice(4)).toEqual(['carol 1'])
})

test('work beyond an owner’s backlog is refused until there is room again', async () => {
  const { addAll, end } = harness({ share: 1, waiting: 2 })
  expect(addAll('bob', 4)).toEqual([true, true, true, false])
  await end('bob 0')
  expect(addAll('bob', 1)).toEqual([true])
})

test('room is reported with the first free slot', async () => {
  const { addAll, end, queue } = harness({ slots: 1 })
  addAll('bob', 1)
  let free = false
  const room = queue.untilRoom().then(() => {
    free = true
  })
  await new Promise((resolve) => setImmediate(resolve))
  expect(free).toBe(false)
  await end('bob 0')
  await room
  expect(free).toBe(true)
})

test('room is reported to each of two callers that wait', async () => {
  const { addAll, end, queue } = harness({ slots: 1 })
  addAll('bob', 1)
  const waiting = Promise.all([queue.untilRoom(), queue.untilRoom()]).then(() => 'room')
  await end('bob 0')
  expect(await Promise.race([waiting, new Promise((resolve) => setImmediate(resolve, 'none'))])).toBe('room')
})

test('after it is closed, no waiting work begins', async () => {
  const { begun, addAll, end, queue } = harness({ share: 1 })
  addAll('bob', 3)
  queue.close()
  await end('bob 0')
  expect(begun).toEqual(['bob 0'])
  await queue.untilIdle()
})
