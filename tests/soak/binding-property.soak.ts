import { afterEach, beforeEach, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { people, writerOfRedis } from '../support/binding/commands.ts'
import { startPlay } from '../support/binding/play.ts'
import { beginConnected, everybodyFinishes } from '../support/binding/writes.ts'
import { config } from './config.ts'

const { seed, propertyRuns: numRuns } = config
const ROOM_MS = 60_000 + numRuns * 2_000

let stage: Awaited<ReturnType<typeof startPlay>>
beforeEach(async () => {
  stage = await startPlay()
})
afterEach(() => stage.stop())

test(
  'the property of the binding, in many more interleavings, different ones every time',
  async () => {
    const property = fc.asyncProperty(fc.commands(people, { maxCommands: 40, size: 'max' }), (all) => stage.play(all))
    await fc.assert(property, { seed, numRuns })
    expect(stage.seen.get('bound')).toBeGreaterThan(0)
  },
  ROOM_MS,
)

test(
  'the same with a writer of Redis among them',
  async () => {
    const commands = fc.commands([...people, ...writerOfRedis], { maxCommands: 60, size: 'max' })
    const around = { before: beginConnected, after: everybodyFinishes }
    await fc.assert(
      fc.asyncProperty(commands, (all) => stage.play(all, around)),
      { seed, numRuns },
    )
    expect(stage.seen.get('touched: not_recognized')).toBeGreaterThan(0)
  },
  ROOM_MS,
)
