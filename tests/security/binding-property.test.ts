import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { people } from '../support/binding/commands.ts'
import { startPlay } from '../support/binding/play.ts'
import { PROPERTY } from '../support/property.ts'

let stage: Awaited<ReturnType<typeof startPlay>>
beforeAll(async () => {
  stage = await startPlay()
})
afterAll(() => stage.stop())

const commands = fc.commands(people, { maxCommands: 40, size: 'max' })

test(
  'in every interleaving a token is bound only to the user who asked, in that browser and user session, in time, once',
  async () => {
    const property = fc.asyncProperty(commands, (all) => stage.play(all))
    await fc.assert(property, { seed: PROPERTY.seed, numRuns: PROPERTY.numRuns, endOnFailure: false })

    // Without these outcomes the property would prove little.
    if (!PROPERTY.isDefault) return
    for (const outcome of [
      'bound',
      'already_bound',
      'not_signed_in',
      'not_recognized',
      'denied',
      'expired',
      'try_again',
      'race: 1',
      'bound, then connected',
      'unconfirmed, then connected',
      'unconfirmed, then failed',
      'only state differs',
      'only session_id differs',
      'left its browser',
    ]) {
      // Few races have a winner: most of the authorizations have left their browser before.
      const least = outcome === 'race: 1' ? 3 : 5
      expect([outcome, (stage.seen.get(outcome) ?? 0) >= least]).toEqual([outcome, true])
    }
  },
  PROPERTY.timeoutMs,
)
