import { redisReady } from '@agent-identity/service-runtime'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Redis } from 'ioredis'
import type { Model } from '../support/binding/model.ts'
import {
  cancel,
  connect,
  consent,
  goAsFarAsReturn,
  sessionEnds,
  signIn,
  signOut,
  start,
  stealCookie,
  tick,
} from '../support/binding/people.ts'
import type { Real } from '../support/binding/real.ts'
import { type Change, fault, losesTheReply, race, returns, returnsHome, settle } from '../support/binding/returns.ts'
import type { CompletionFault } from '../support/fake-agentcore.ts'
import { HttpBrowser } from '../support/http-browser.ts'
import { PROPERTY } from '../support/property.ts'
import { startTwoServices, type TwoServices } from '../support/two-services.ts'

const BROWSERS = 3

let redis: TestRedis
let client: Redis
let services: TwoServices
const clock = { now: Date.now() }
const seen = new Map<string, number>()

beforeAll(async () => {
  redis = await startTestRedis()
  client = redis.connect()
  await redisReady(client)
  services = await startTwoServices(redis, () => clock.now)
})
afterAll(async () => {
  await services.stop()
  await redis.stop()
})

const browser = fc.nat(BROWSERS - 1)
/** The last one more often than the ones before. */
const back = fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.constant(1) }, fc.nat(5))
const changed = fc.constantFrom<Change>(
  'another secret',
  'session URI of another',
  'state of another',
  'denied',
  'denied without session URI',
)
const change = fc.oneof({ weight: 4, arbitrary: fc.constant<Change>('none') }, changed)
const replica = fc.nat(1)
const faults = fc.constantFrom<CompletionFault>('refused', 'not-executed', 'unknown', 'unknown but executed')

const commands = fc.commands(
  [
    fc.tuple(browser, replica).map(([b, u]) => signIn(b, u)),
    fc.tuple(browser, replica).map(([b, u]) => signIn(b, u)),
    browser.map(signOut),
    browser.map(sessionEnds),
    fc.tuple(browser, browser).map(([from, to]) => stealCookie(from, to)),
    fc.tuple(browser, replica).map(([b, p]) => connect(b, p)),
    fc.tuple(browser, back).map(([b, n]) => start(b, n)),
    back.map(consent),
    fc
      .tuple(
        browser,
        replica,
        fc.constantFrom<CompletionFault>('unknown', 'unknown but executed'),
        fc.constantFrom(1, 60),
      )
      .map((all) => losesTheReply(...all)),
    fc.tuple(browser, replica).map(([b, p]) => goAsFarAsReturn(b, p)),
    fc.tuple(browser, replica).map(([b, p]) => goAsFarAsReturn(b, p)),
    fc.tuple(browser, replica).map(([b, p]) => goAsFarAsReturn(b, p)),
    fc.tuple(browser, back, back, change, replica).map((all) => returns(...all)),
    fc.tuple(browser, back, back, change, replica).map((all) => returns(...all)),
    fc.tuple(back, fc.constant<Change>('none'), replica).map((all) => returnsHome(...all)),
    fc.tuple(back, changed, replica).map((all) => returnsHome(...all)),
    fc.tuple(back, changed, replica).map((all) => returnsHome(...all)),
    fc
      .tuple(
        back,
        fc.array(browser, { minLength: 2, maxLength: 4 }),
        fc.constantFrom('nothing', 'signs out', 'cancels'),
      )
      .map(([n, racers, meanwhile]) => race(n, racers, meanwhile as 'nothing')),
    fc.tuple(browser, back).map(([b, n]) => cancel(b, n)),
    fc.tuple(back, replica).map(([n, r]) => settle(n, r)),
    fc.constantFrom(1, 299, 300, 599, 600).map(tick),
    faults.map(fault),
  ],
  { maxCommands: 40, size: 'max' },
)

test(
  'in no interleaving is a token bound to somebody who did not ask for it, in that browser and user session, in time, once',
  async () => {
    const property = fc.asyncProperty(commands, async (all) => {
      await client.flushall()
      services.agentcore.reset()
      clock.now = Date.now()
      const model: Model = { browsers: Array.from({ length: BROWSERS }, () => ({})), authorizations: [] }
      const browsers = Array.from({ length: BROWSERS }, () => new HttpBrowser())
      const real: Real = { browsers, services, redis: client, clock, seen }
      // Alice at two browsers, Bob at one; what they do from there is anybody's guess.
      for (const [n, user] of [0, 1, 0].entries()) await signIn(n, user).run(model, real)
      await fc.asyncModelRun(() => ({ model, real }), all)
    })
    await fc.assert(property, { seed: PROPERTY.seed, numRuns: PROPERTY.numRuns, endOnFailure: false })

    // A property that never gets there proves nothing.
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
      'unconfirmed, then bound',
      'unconfirmed, then failed',
      'only state differs',
      'only session_id differs',
    ])
      expect([outcome, (seen.get(outcome) ?? 0) >= 5]).toEqual([outcome, true])
  },
  PROPERTY.timeoutMs,
)
