import { EventEmitter } from 'node:events'
import {
  CONNECTION_CHANGED_CHANNEL,
  type ConnectionRef,
  disconnectionIdOf,
  vendorCallsKey,
} from '@agent-identity/contracts'
import { DisconnectedError, UnreadConnectionError } from '@agent-identity/service-runtime'
import { afterAll, afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { connectionRecord } from '../test-support/connection.ts'
import { type Replica, UNNAMED } from '../test-support/disconnecting.ts'
import { startTwoReplicas } from '../test-support/two-replicas.ts'
import { createConnectionCalls } from './connection-calls.ts'

const { world, one, connected, reset, stop } = await startTwoReplicas()
const OTHER: ConnectionRef = { ...UNNAMED, provider: 'github' }
const ID = disconnectionIdOf(UNNAMED)
const LATCHED = { value: connectionRecord({ status: 'disconnecting' }), stored: 'x' }

let timers: { run: () => void; ms: number | undefined }[] = []
const { setTimeout: started } = globalThis
beforeEach(async () => {
  await reset()
  await connected()
  timers = []
  jest.spyOn(globalThis, 'setTimeout').mockImplementation(((run: () => void, ms?: number) => {
    if (ms !== 1_000 && ms !== 5_000) return started(run, ms)
    timers.push({ run, ms })
    return { unref: () => undefined }
  }) as never)
})
afterEach(() => void jest.restoreAllMocks())
afterAll(stop)

const runTimers = () => {
  for (const { run } of timers.splice(0)) run()
}

function replica({ status = 'ready', refuses = false } = {}) {
  const subscriptions: string[] = []
  const warned: unknown[] = []
  const subscriber = Object.assign(new EventEmitter(), {
    status,
    async subscribe(channel: string) {
      subscriptions.push(channel)
      if (refuses) throw new Error('NOPERM')
    },
  })
  const reads: ConnectionRef[] = []
  const answers: { read?: Replica['records']['read'] } = {}
  const calls = createConnectionCalls({
    redis: one.redis,
    subscriber: subscriber as never,
    records: {
      ...one.records,
      read(ref) {
        reads.push(ref)
        return (answers.read ?? one.records.read)(ref)
      },
    },
    uses: one.uses,
    clock: () => world.now,
    log: { warn: (...line: unknown[]) => void warned.push(line) } as never,
  })
  const tell = (id: string = ID, channel = CONNECTION_CHANGED_CHANNEL) => subscriber.emit('message', channel, id)

  async function underWay(ref = UNNAMED) {
    const [begun, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<string>()]
    const call = calls.during(ref, (signal) => {
      begun.resolve()
      signal.addEventListener('abort', () => ended.reject(signal.reason))
      return ended.promise
    })
    call.catch(() => undefined)
    await begun.promise
    reads.length = 0
    return { call, end: () => ended.resolve('answer') }
  }
  return { calls, subscriber, subscriptions, warned, reads, answers, tell, underWay }
}

describe('a message that a connection has changed', () => {
  test('has its record read while a call is under way with it, and no other message has', async () => {
    const { reads, tell, underWay } = replica()
    tell()
    const [first, second] = [await underWay(), await underWay()]
    tell(ID, 'another channel')
    tell(disconnectionIdOf(OTHER))
    expect(reads).toEqual([])
    first.end()
    await first.call
    tell()
    expect(reads).toEqual([UNNAMED])
    second.end()
    await second.call
    tell()
    expect(reads).toHaveLength(1)
  })

  test('stops the calls under way when that cannot be read, says so, and stops none of another connection', async () => {
    const { answers, warned, tell, underWay } = replica()
    const [these, those] = [await underWay(), await underWay(OTHER)]
    answers.read = () => Promise.reject(new Error('Redis is away'))
    tell()
    await expect(these.call).rejects.toThrow(UnreadConnectionError)
    expect(warned).toMatchObject([[{ err: expect.any(Error) }, expect.any(String)]])
    those.end()
    expect(await those.call).toBe('answer')
  })

  test('stops only those that the record does not allow any more', async () => {
    const { calls, answers, tell, underWay } = replica()
    const { call } = await underWay()
    const begun = Promise.withResolvers<AbortSignal>()
    const allowed = Promise.withResolvers<string>()
    const always = calls.during(
      UNNAMED,
      (signal) => {
        begun.resolve(signal)
        return allowed.promise
      },
      () => true,
    )
    const signal = await begun.promise
    answers.read = async () => LATCHED
    tell()
    await expect(call).rejects.toThrow(DisconnectedError)
    expect(signal.aborted).toBe(false)
    allowed.resolve('answer')
    expect(await always).toBe('answer')
  })

  test('that comes before the call begins stops it, also where its record has not changed in Redis', async () => {
    const { calls, answers, tell } = replica()
    let looks = 0
    answers.read = async (ref) => {
      if (++looks > 1) return LATCHED
      tell()
      return one.records.read(ref)
    }
    let called = 0
    await expect(calls.during(UNNAMED, async () => called++)).rejects.toThrow(DisconnectedError)
    expect(called).toBe(0)
  })
})

describe('every second', () => {
  test('the records of calls under way are read, for none twice, and not after their end', async () => {
    const { reads, underWay } = replica()
    const all = [await underWay(), await underWay(), await underWay(OTHER)]
    expect(timers.map(({ ms }) => ms)).toEqual([1_000])
    for (let second = 0; second < 2; second++) {
      reads.length = 0
      runTimers()
      expect([reads, timers.length]).toEqual([[UNNAMED, OTHER], 1])
    }
    for (const { end } of all) end()
    await Promise.all(all.map(({ call }) => call))
    runTimers()
    expect([reads.length, timers.length]).toEqual([2, 0])
    await underWay()
    expect(timers).toHaveLength(1)
  })

  test('a call goes on while Redis is away: a change that is stopped could be made twice', async () => {
    const { answers, underWay } = replica()
    const { call, end } = await underWay()
    answers.read = () => Promise.reject(new Error('Redis is away'))
    runTimers()
    await new Promise(setImmediate)
    end()
    expect(await call).toBe('answer')
  })

  test('what is waited for is looked at again', async () => {
    const { calls } = replica()
    let looks = 0
    const looked = Promise.withResolvers<void>()
    const look = async () => {
      looked.resolve()
      return ++looks === 2
    }
    const found = calls.until([UNNAMED], look, 60_000)
    await looked.promise
    expect(timers).toHaveLength(1)
    runTimers()
    expect([await found, looks]).toEqual([true, 2])
  })
})

describe('a replica subscribes', () => {
  test('when its connection to Redis is ready, once; after a reconnection it reads what is under way', async () => {
    const { subscriber, subscriptions, reads, underWay } = replica({ status: 'connecting' })
    expect(subscriptions).toEqual([])
    const { call, end } = await underWay()
    subscriber.status = 'ready'
    for (let time = 1; time <= 2; time++) {
      subscriber.emit('ready')
      await new Promise(setImmediate)
      expect([subscriptions, reads.length]).toEqual([Array(time).fill(CONNECTION_CHANGED_CHANNEL), time])
    }
    expect(subscriber.listenerCount('message')).toBe(1)
    end()
    await call
  })

  test('again five seconds after Redis refused, unless the connection is away by then', async () => {
    const { subscriber, subscriptions, warned } = replica({ refuses: true })
    await new Promise(setImmediate)
    for (const status of ['ready', 'reconnecting']) {
      subscriber.status = status
      expect(timers.map(({ ms }) => ms)).toEqual([5_000])
      runTimers()
      await new Promise(setImmediate)
    }
    expect([subscriptions.length, timers.length]).toEqual([2, 0])
    expect(warned).toMatchObject(Array(2).fill([{ err: expect.any(Error) }, expect.any(String)]))
  })
})

test('a call is listed in Redis until it is over at the latest; those that are over by the clock are removed, and not waited for', async () => {
  const { calls, underWay } = replica()
  const key = vendorCallsKey(UNNAMED)
  await one.redis.zadd(key, world.now - 1, 'over')
  await calls.calm(UNNAMED)
  const { call, end } = await underWay()
  const [name, over, ...more] = await one.redis.zrange(key, 0, -1, 'WITHSCORES')
  expect([name, over, more]).toEqual([expect.stringMatching(/^.{11}$/), String(world.now + 60_000), []])
  expect(await one.redis.call('PEXPIRETIME', key)).toBe(world.now + 60_000)
  end()
  await call
  expect(await one.redis.exists(key)).toBe(0)
})

test('a call that takes longer than a minute is aborted', async () => {
  const { calls } = replica()
  const over = AbortSignal.abort(new Error('It took too long'))
  jest.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => (ms === 60_000 ? over : new AbortController().signal))
  await expect(calls.during(UNNAMED, async (signal) => signal.throwIfAborted())).rejects.toThrow('too long')
})
