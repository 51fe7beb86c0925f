import { startTestRedis } from '@agent-identity/test-redis'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { people, writerOfRedis } from '../support/binding/commands.ts'
import { startPlay } from '../support/binding/play.ts'
import { createRedisWriter, nameOf, PLAYED, WAYS } from '../support/binding/redis-writer.ts'
import { beginConnected, everybodyFinishes } from '../support/binding/writes.ts'
import { PROPERTY } from '../support/property.ts'

let stage: Awaited<ReturnType<typeof startPlay>>
beforeAll(async () => {
  stage = await startPlay()
})
afterAll(() => stage.stop())

/** Fewer runs: the checks after each write take time. */
const numRuns = Math.ceil(PROPERTY.numRuns / 8)

test(
  'a writer of Redis without a key cannot bind, show or do anything for another user, and a new sign-in works again',
  async () => {
    const commands = fc.commands([...people, ...writerOfRedis], { maxCommands: 40, size: 'max' })
    await fc.assert(
      fc.asyncProperty(commands, (all) => stage.play(all, { before: beginConnected, after: everybodyFinishes })),
      { seed: PROPERTY.seed, numRuns, endOnFailure: false },
    )

    // Without these events the property would prove little.
    if (!PROPERTY.isDefault) return
    for (const what of [
      ...PLAYED.map((field) => `wrote ${nameOf(field)}`),
      ...WAYS,
      'bound',
      'touched: not_recognized',
    ])
      expect([what, (stage.seen.get(what) ?? 0) >= 5]).toEqual([what, true])
  },
  PROPERTY.timeoutMs,
)

test('the writer puts back what was in a field before, and nothing where there was nothing', async () => {
  const field = PLAYED.find((one) => one.field === 'progress')
  if (!field) throw new Error('not played')
  const key = `start:{${'s'.repeat(22)}}:${'i'.repeat(22)}`
  const server = await startTestRedis()
  try {
    const redis = await server.ready()
    const { write } = createRedisWriter(redis)
    const putBack = () => write({ field, way: 'puts back', target: 0, source: 0, pick: 0 })
    await redis.hset(key, 'facts', 'f')
    expect([await putBack(), await redis.hgetall(key)]).toEqual([[], { facts: 'f' }])
    await redis.hset(key, 'progress', 'before')
    await putBack()
    await redis.hset(key, 'progress', 'now')
    expect([await putBack(), await redis.hget(key, 'progress')]).toEqual([[key], 'before'])
  } finally {
    await server.stop()
  }
})
