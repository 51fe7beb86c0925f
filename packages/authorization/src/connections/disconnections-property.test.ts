import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createPlay, type Step } from '../test-support/random-disconnects.ts'

let server: TestRedis
beforeAll(async () => {
  server = await startTestRedis()
})
afterAll(() => server.stop())

const on = fc.constantFrom<0 | 1>(0, 1)
const pause = fc.nat({ max: 12 })
const people = fc.record({
  does: fc.constantFrom('connect', 'connect', 'use', 'use', 'disconnect', 'disconnect', 'settle'),
  on,
  pause,
})
const vendor = fc.record({
  does: fc.constant('vendor'),
  answers: fc.array(fc.constantFrom('refused', 'unavailable'), { minLength: 1, maxLength: 2 }),
  pause,
})
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof({ arbitrary: people, weight: 9 }, { arbitrary: vendor, weight: 1 }),
  { minLength: 5, maxLength: 25, size: 'max' },
)

const MEETINGS = ['connected', 'superseded', 'called', 'not begun', 'disconnected']

test('in no random interleaving does a call begin after a disconnection, is a disconnection lost, or a token revoked that no user ended', async () => {
  const { play, seen } = await createPlay(server)
  // How steps interleave depends on the machine: one batch may miss some of `MEETINGS`.
  const missing = () => MEETINGS.filter((what) => !seen.get(what))
  for (let batch = 0; batch < 10 && (batch === 0 || missing().length > 0); batch++)
    await fc.assert(fc.asyncProperty(steps, play), { seed: 20_261_126 + batch, numRuns: 60, endOnFailure: true })
  expect(missing()).toEqual([])
}, 1_800_000)
