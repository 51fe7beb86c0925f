import { EventEmitter } from 'node:events'
import { CONNECTION_CHANGED_CHANNEL, disconnectionIdOf, vendorCallsKey } from '@agent-identity/contracts'
import { DisconnectedError } from '@agent-identity/service-runtime'
import { startTestRedis } from '@agent-identity/test-redis'
import { afterAll, afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { connectionRecord } from '../test-support/connection.ts'
import { outside, SCOPES, startReplica, UNNAMED } from '../test-support/disconnecting.ts'
import { withoutLimit } from '../test-support/without-limit.ts'
import { createConnectionCalls } from './connection-calls.ts'

const server = await startTestRedis()
const world = outside()
const one = await startReplica(server, world)
afterAll(() => server.stop())
afterEach(() => void jest.restoreAllMocks())
beforeEach(async () => {
  await one.redis.flushall()
  Object.assign(world, outside({ vault: new Map([[SCOPES, 'first']]) }))
  await one.connect('first', 0)
})

describe('a call of a vendor', () => {
  test('does not begin when its connection ends after it was read', async () => {
    const latched = connectionRecord({ status: 'disconnecting' })
    let reads = 0
    const calls = createConnectionCalls({
      redis: one.redis,
      // No message arrives: the script has to see the change.
      subscriber: Object.assign(new EventEmitter(), { status: 'ready', subscribe: async () => 1 }) as never,
      records: {
        ...one.records,
        async read(ref) {
          const seen = await one.records.read(ref)
          if (++reads > 1) return seen
          await one.records.write(ref, seen, latched, {})
          return seen
        },
      },
      uses: one.uses,
      clock: () => world.now,
      log: { warn: () => undefined } as never,
    })
    let called = 0
    await expect(calls.during(UNNAMED, async () => called++)).rejects.toThrow(DisconnectedError)
    expect([called, await one.redis.exists(vendorCallsKey(UNNAMED))]).toEqual([0, 0])
  })

  test('is listed beside others that are under way', async () => {
    const listed = () => one.redis.zcard(vendorCallsKey(UNNAMED))
    const all = await one.calls.during(UNNAMED, () => one.calls.during(UNNAMED, listed))
    expect([all, await listed()]).toEqual([2, 0])
  })

  test('is waited for by `calm`, which waits for nothing without one', async () => {
    withoutLimit(3_000)
    await one.calls.calm(UNNAMED)
    const [begun, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const call = one.calls.during(UNNAMED, () => {
      begun.resolve()
      return answered.promise
    })
    await begun.promise
    let isCalm = false
    const calmed = one.calls.calm(UNNAMED).then(() => {
      isCalm = true
    })
    // When this command is answered, `calm` has looked.
    expect(await one.redis.zcard(vendorCallsKey(UNNAMED))).toBe(1)
    await new Promise(setImmediate)
    expect(isCalm).toBe(false)
    answered.resolve()
    await Promise.all([call, calmed])
    expect(isCalm).toBe(true)
  })

  test.each([
    ['that is a use is told to the pages that show the uses', { does: 'listed events' }, [disconnectionIdOf(UNNAMED)]],
    ['that is none is not told', undefined, []],
  ])('%s', async (_which, use, told) => {
    const subscriber = await server.ready()
    const heard: string[] = []
    subscriber.on('message', (_channel, id) => heard.push(id))
    await subscriber.subscribe(CONNECTION_CHANGED_CHANNEL)
    await one.calls.during(UNNAMED, async () => 'answer', undefined, use)
    await subscriber.ping()
    expect(heard).toEqual(told)
  })
})
