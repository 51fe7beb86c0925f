import type { Assumption, Experiment } from './assumption.ts'
import { ask, describeHop, leave, makeSurroundings } from './on-the-way.ts'

/** Ten minutes, and a margin for differing clocks. */
const LIFETIME_MS = 610_000

const expiry: Assumption = {
  id: 'authorization-expiry',
  words: 'The browser that left in time comes back to the callback after ten minutes',
  expected: 'refused with 400',
}

export const sessionExpiry: Experiment = {
  name: 'the end of an authorization',
  assumptions: [expiry],
  async observe(trial) {
    if (!trial.long) return { [expiry.id]: { notTried: 'it takes ten minutes; --long tries it' } }
    const trip = await leave((await ask(trial, await makeSurroundings(trial))).authorizationUrl)
    trial.say('Waiting ten minutes for an authorization to expire.')
    await trial.wait(LIFETIME_MS)
    const back = await trip.browser.visit(trip.withCode)
    return { [expiry.id]: back.status === 400 ? 'refused with 400' : describeHop(back) }
  },
}
