import { EventEmitter } from 'node:events'
import { START_SETTLED_CHANNEL, type StartId, type StoredStart } from '@agent-identity/contracts'
import type { RedisClient } from '@agent-identity/service-runtime'
import { afterEach, describe, expect, jest, test } from '@jest/globals'
import { subscribeToSettledStarts } from './settled-starts.ts'

const id = 'a.start' as StartId
const AN_HOUR = 3_600_000

function world() {
  const channels: string[] = []
  const subscriber = Object.assign(new EventEmitter(), {
    status: 'ready',
    subscribe: async (channel: string) => channels.push(channel),
  })
  const settled = subscribeToSettledStarts(subscriber as unknown as RedisClient, AN_HOUR)
  let status: StoredStart['status'] | undefined = 'binding'
  let reads = 0
  const read = async () => {
    reads++
    return status && ({ status } as StoredStart)
  }
  return {
    channels,
    next: () => settled.next(id, read),
    reads: () => reads,
    become: (next: typeof status) => {
      status = next
    },
    say: (about: string) => subscriber.emit('message', START_SETTLED_CHANNEL, about),
  }
}
/** When it resolves, callbacks of resolved promises have run. */
const turnOfTheLoop = () => new Promise<void>((resolve) => setImmediate(resolve))

/** A new subscription makes every waiting caller read again: a test that counts the reads of such a caller awaits it first. */
const subscribed = turnOfTheLoop

afterEach(() => void jest.useRealTimers())

test('subscribes to the channel of settled starts', async () => {
  const { channels } = world()
  await turnOfTheLoop()
  expect(channels).toEqual([START_SETTLED_CHANNEL])
})

describe('the outcome', () => {
  test.each(['bound', undefined] as const)('that is known (%s) is not waited for', async (status) => {
    const { next, become, reads } = world()
    become(status)
    expect((await next())?.status).toBe(status)
    expect(reads()).toBe(1)
  })

  test('is awaited by every caller, and read again after the message', async () => {
    const { next, become, say } = world()
    const waiting = [next(), next()]
    await turnOfTheLoop()
    become('bound')
    say(id)
    for (const one of waiting) expect((await one)?.status).toBe('bound')
  })

  test('of another authorization ends no wait', async () => {
    const { next, become, say, reads } = world()
    await subscribed()
    const waiting = next()
    await turnOfTheLoop()
    say('another.authorization')
    await turnOfTheLoop()
    expect(reads()).toBe(1)
    become('failed')
    say(id)
    expect((await waiting)?.status).toBe('failed')
  })

  test('that is published between the read and the wait is not missed', async () => {
    const { next, become, say } = world()
    const waiting = next()
    become('bound')
    say(id)
    expect((await waiting)?.status).toBe('bound')
  })

  test('that is not published is waited for until the limit, and then read once more', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] })
    const { next, reads } = world()
    await subscribed()
    const waiting = next()
    await jest.advanceTimersByTimeAsync(AN_HOUR - 1)
    expect(reads()).toBe(1)
    await jest.advanceTimersByTimeAsync(1)
    expect((await waiting)?.status).toBe('binding')
    expect(reads()).toBe(2)
  })
})
