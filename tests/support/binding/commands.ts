import fc from 'fast-check'
import type { CompletionFault } from '../fake-agentcore.ts'
import type { Model } from './model.ts'
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
} from './people.ts'
import type { Real } from './real.ts'
import { PLAYED, WAYS } from './redis-writer.ts'
import { type Change, fault, losesTheReply, race, returns, returnsHome, settle } from './returns.ts'
import { readsRedis, writesRedis } from './writes.ts'

export const BROWSERS = 3
type Commands = fc.Arbitrary<fc.AsyncCommand<Model, Real>>[]

const browser = fc.nat(BROWSERS - 1)
/** Counts back from the newest authorization or start, which is 0. */
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

export const people: Commands = [
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
      fc.constantFrom(1, 600),
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
    .tuple(back, fc.array(browser, { minLength: 2, maxLength: 4 }), fc.constantFrom('nothing', 'signs out', 'cancels'))
    .map(([n, racers, meanwhile]) => race(n, racers, meanwhile as 'nothing')),
  fc.tuple(browser, back).map(([b, n]) => cancel(b, n)),
  fc.tuple(back, replica).map(([n, r]) => settle(n, r)),
  fc.constantFrom(1, 299, 300, 599, 600).map(tick),
  faults.map(fault),
]

const written = fc.record({
  field: fc.constantFrom(...PLAYED),
  way: fc.constantFrom(...WAYS),
  target: fc.nat(20),
  source: fc.nat(20),
  pick: fc.nat(50),
})

const write = fc.array(written, { minLength: 1, maxLength: 3 }).map(writesRedis)

/** `write` is repeated: a single one would be rare among the commands of `people`. */
export const writerOfRedis: Commands = [...Array.from({ length: 9 }, () => write), fc.constant(readsRedis)]
