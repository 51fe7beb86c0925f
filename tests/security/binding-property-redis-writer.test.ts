import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { people, writerOfRedis } from '../support/binding/commands.ts'
import { startPlay } from '../support/binding/play.ts'
import { nameOf, PLAYED, WAYS } from '../support/binding/redis-writer.ts'
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

    // Each played field was written, each way of writing was used, and some writes had an effect.
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
