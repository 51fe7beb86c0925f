import { vendorCallsKey } from '@agent-identity/contracts'
import { createLogger, DisconnectedError } from '@agent-identity/service-runtime'
import { afterAll, beforeEach, expect, test } from '@jest/globals'
import { type Replica, UNNAMED } from '../test-support/disconnecting.ts'
import { callUnderWay, startTwoReplicas } from '../test-support/two-replicas.ts'
import { createConnectionCalls } from './connection-calls.ts'

const { world, one, other, connected, reset, stop } = await startTwoReplicas()
beforeEach(reset)
afterAll(stop)

test('a call whose user disconnects after its connection was read, and before it begins, does not begin', async () => {
  await connected()
  let isFirst = true
  const records: Replica['records'] = {
    ...one.records,
    async read(...of) {
      const found = await one.records.read(...of)
      if (isFirst) {
        isFirst = false
        await other.disconnect()
      }
      return found
    },
  }
  const log = createLogger({ service: 'test', level: 'silent' })
  // This replica gets no message about the latch.
  const { redis, subscriber } = { redis: one.redis, subscriber: one.redis.duplicate({ lazyConnect: true }) }
  const calls = createConnectionCalls({ redis, subscriber, records, uses: one.uses, clock: () => world.now, log })
  let called = 0
  const call = calls.during(UNNAMED, async () => called++)
  await expect(call).rejects.toThrow(DisconnectedError)
  expect(called).toBe(0)
})

test('what is under way is aborted, also on another replica, and waited for', async () => {
  await connected()
  const calls = await Promise.all([callUnderWay(one), callUnderWay(other)])
  const ended = one.disconnect()
  for (const { call } of calls) await expect(call).rejects.toThrow(DisconnectedError)
  await ended
  expect(await one.redis.zcard(vendorCallsKey(UNNAMED))).toBe(0)
})

test('a replica that Redis does not let subscribe says so, begins nothing after a latch, and stops what was under way', async () => {
  await connected()
  const subscriber = one.redis.duplicate()
  await new Promise((resolve) => subscriber.once('ready', resolve))
  subscriber.subscribe = async () => {
    throw new Error('NOPERM')
  }
  const warned = new Set<string>()
  const log = { warn: (_about: unknown, message: string) => void warned.add(message) } as never
  const { redis, records, uses } = one
  const deaf = createConnectionCalls({ redis, subscriber, records, uses, clock: () => world.now, log })
  const { call } = await callUnderWay({ ...one, calls: deaf })
  await other.disconnect()
  await expect(call).rejects.toThrow(DisconnectedError)
  await expect(deaf.during(UNNAMED, async () => 'called')).rejects.toThrow(DisconnectedError)
  expect([...warned]).toEqual([expect.stringContaining('are not heard')])
  subscriber.disconnect()
})
