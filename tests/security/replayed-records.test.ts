import { RECORDS, type RecordKind, TURN_RUNS_WITHIN_SECONDS } from '@agent-identity/contracts'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Redis } from 'ioredis'
import { type CountedServices, type KindOfCall, startCountedServices } from '../support/replaying/counted-services.ts'
import { pass } from '../support/replaying/moved-clock.ts'
import { ask, confirm, connect, isAskedToConfirm, type Persona, signIn } from '../support/replaying/persona.ts'
import { type Dump, dump, haveAllLookedAt, putBack } from '../support/replaying/redis-writer.ts'
import { until } from '../support/until.ts'

/**
 * A property over the contract's list of records: what a writer of Redis without a key puts back after any later step causes no calls beyond the bounds of
 * SECURITY.md. One persona is played for each kind of record, and one for all kinds together, as strong as a writer can be: all of its records are
 * put back at once, without an expiry, and every worker and timer looks at them.
 */
const LONG_IDLE = { USER_SESSION_IDLE_SECONDS: '40000' }
const CHANGE = 'Open an issue titled Mine in alice/notes'
const READ = 'List my repositories'
const SEALED_KINDS = RECORDS.filter(({ fields }) => fields.some(({ vouchedBy }) => vouchedBy !== 'nothing'))

let server: TestRedis
let redis: Redis
let services: CountedServices
beforeEach(async () => {
  server = await startTestRedis()
  redis = await server.ready()
})
afterEach(async () => {
  await services.stop()
  await server.stop()
})

interface Played {
  persona: Persona
  /** Undefined: of all kinds. */
  kind: RecordKind | undefined
  /** After each step, and during each call of the vendor; the earliest first. */
  steps: Dump[]
}

/** `waits`: a turn that waits for a consent and a confirmation. Otherwise one that reads at once. */
async function played(
  kind: RecordKind | undefined,
  name: string,
  turn: 'waits' | 'reads',
  end: 'disconnects' | 'stays connected' = 'stays connected',
): Promise<Played> {
  const persona = await signIn(services, name)
  const steps: Dump[] = []
  const look = async () => {
    // A vendor may be called before the question is answered, and with it the turn's id.
    await until(async () => persona.turns.length > 0)
    steps.push(await dump(redis, persona))
  }
  const waits = await ask(services, persona, CHANGE)
  await waits.next('authorization_required')
  await look()
  await connect(services, persona, waits)
  const confirmation = await isAskedToConfirm(persona, waits)
  await look()
  services.duringCalls.set(name, look)
  await confirm(services, persona, confirmation)
  await look()
  await waits.answer()
  await look()
  if (turn === 'reads') {
    // Only the later turn can be put back.
    persona.turns.length = 0
    steps.length = 0
    await (await ask(services, persona, READ)).answer()
    await look()
  }
  services.duringCalls.delete(name)
  if (end === 'disconnects') await persona.browser.api(`${services.app}/api/connections/github`, { method: 'DELETE' })
  await look()
  await persona.browser.api(`${services.app}/auth/sign-out`, { method: 'POST' })
  await look()
  return { persona, kind, steps }
}

const everyKind = (turn: 'waits' | 'reads', end?: 'disconnects' | 'stays connected') =>
  Promise.all([undefined, ...SEALED_KINDS].map((kind, n) => played(kind, `${end} ${n}`, turn, end)))

/** @returns the calls that are caused by putting back what each persona had after each step, in turn */
async function replayed(all: readonly Played[], kinds: readonly KindOfCall[]): Promise<string[]> {
  const caused = new Set<string>()
  for (let step = 0; step < Math.max(...all.map(({ steps }) => steps.length)); step++) {
    const before = services.calls.length
    for (const { persona, kind, steps } of all) {
      const dumped = steps[step]
      if (dumped) await putBack(redis, persona, dumped, kind)
    }
    await haveAllLookedAt(
      redis,
      all.map(({ persona }) => persona),
      services.clock,
    )
    for (const { user, kind } of services.calls.slice(before)) {
      const of = all.find(({ persona }) => persona.name === user)?.kind?.key ?? 'all kinds together'
      if (kinds.includes(kind)) caused.add(`${kind}: ${of}, step ${step}`)
    }
  }
  return [...caused]
}

const after = (seconds: number) => pass(redis, services.clock, seconds)

describe.each([
  ['waits', TURN_RUNS_WITHIN_SECONDS.onceResumed],
  ['reads', TURN_RUNS_WITHIN_SECONDS.ofQuestion],
] as const)('a turn that %s, put back in any state %i s after its question', (turn, seconds) => {
  test('and a second, makes no call, whatever is put back with it', async () => {
    services = await startCountedServices(server, LONG_IDLE)
    const all = await everyKind(turn)
    await after(seconds + 1)
    expect(await replayed(all, ['vendor'])).toEqual([])
  })
})

test.each(['waits', 'reads'] as const)(
  'in time, a turn that %s runs again when all of its records are put back, as SECURITY.md says',
  async (turn) => {
    services = await startCountedServices(server, LONG_IDLE)
    const all = [await played(undefined, 'alice', turn)]
    await after(TURN_RUNS_WITHIN_SECONDS.ofQuestion - 60)
    expect(await replayed(all, ['vendor'])).not.toEqual([])
  },
)

test.each(['stays connected', 'disconnects'] as const)(
  'after the idle time of its user session, nothing that is put back makes any call (%s)',
  async (end) => {
    services = await startCountedServices(server, { USER_SESSION_IDLE_SECONDS: '300' })
    const all = await everyKind('reads', end)
    await after(301)
    expect(await replayed(all, ['AgentCore', 'vendor', 'revocation', 'issuer'])).toEqual([])
  },
)
