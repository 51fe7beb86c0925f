import type { ResourceAccess, ResourceAccessOutcome } from '@agent-identity/authorization'
import type { TurnId } from '@agent-identity/contracts'
import { startVendorStub } from '@agent-identity/provider-kit/vendor-stub'
import { DisconnectedError } from '@agent-identity/service-runtime'
import { createEffects } from '@agent-identity/tools'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import {
  accessThat,
  memoryEffects,
  NOW,
  outcomeOf,
  permissionsThat,
  plainMemory,
  runTurn,
} from '../test-support/agent-harness.ts'
import { EVENTS_PATH, workingVendors } from '../test-support/working-vendors.ts'

const token = { outcome: 'token', accessToken: 'vendor-secret-token' } as const
const turn = (letter: string) => `${'c'.repeat(22)}.${letter.repeat(11)}` as TurnId
const ISSUE = 'Open an issue titled Typo in alice/notes'
const LUNCH = 'Add Lunch at 12:30 to my calendar'
const connected = accessThat({ github: token, 'google-calendar': token })
const declined = { outcome: 'declined', code: 'cancelled' } as const
const died = new Error('the process died')

describe('a run that starts over after a tool has acted', () => {
  let vendor: Awaited<ReturnType<typeof startVendorStub>>
  let effects: ReturnType<typeof memoryEffects>

  beforeAll(async () => {
    vendor = await startVendorStub()
  })
  afterAll(() => vendor.stop())
  beforeEach(() => {
    effects = memoryEffects()
    vendor.answer(workingVendors(token.accessToken, NOW))
  })

  /** As after a kill: only the records remain. */
  const run = (question: string, records = effects, turnId = turn('t'), access: ResourceAccess = connected) =>
    outcomeOf(runTurn({ url: vendor.url, access, memory: plainMemory(), effects: records, turnId }, question))
  const changes = () => vendor.calls.filter(({ method }) => method === 'POST')

  it.each([
    [
      'before the vendor was called',
      { intend: (id: string) => effects.intend(id, 'any').then(() => Promise.reject(died)) },
      0,
    ],
    ['after the vendor had acted', { recordOutcome: () => Promise.reject(died) }, 1],
  ])('does not repeat it when the first died %s, and says that the outcome is unknown', async (_when, fails, calls) => {
    await expect(run(ISSUE, { ...effects, ...fails })).rejects.toBe(died)
    const again = await run(ISSUE)
    expect(again.text).toContain('This was begun before. It is not known whether it was done')
    expect(again.tools).toContain('open_issue failed')
    expect(changes()).toHaveLength(calls)
  })

  it('does nothing when it cannot record its intent', async () => {
    await expect(run(ISSUE, { ...effects, intend: () => Promise.reject(died) })).rejects.toBe(died)
    expect(vendor.calls).toEqual([])
  })

  it('returns a known outcome again', async () => {
    for (let time = 0; time < 3; time++) expect((await run(ISSUE)).text).toContain('Issue #7, "Typo", is open')
    expect(changes()).toHaveLength(1)
  })

  it('adds the same event again, which the vendor recognizes', async () => {
    await expect(run(LUNCH, { ...effects, recordOutcome: () => Promise.reject(died) })).rejects.toBe(died)
    expect((await run(LUNCH)).text).toContain('Lunch is on your calendar')
    const ids = changes().map(({ body }) => (body as { id: string }).id)
    expect(ids).toEqual([ids[0], ids[0]])
    expect(ids[0]).toMatch(/^[a-v0-9]{5,1024}$/)
  })

  it('repeats a change that the vendor refused, and one of another turn', async () => {
    vendor.answer({ 'POST /repos/alice/notes/issues': { status: 404 } })
    await run(ISSUE)
    vendor.answer(workingVendors(token.accessToken, NOW))
    expect((await run(ISSUE)).text).toContain('Issue #7')
    expect((await run(ISSUE, memoryEffects(), turn('u'))).text).toContain('Issue #7')
    expect(changes()).toHaveLength(2)
  })

  it('treats a change as unknown when the vendor answers with a fault', async () => {
    vendor.answer({ 'POST /repos/alice/notes/issues': { status: 502 } })
    for (let time = 0; time < 2; time++) expect((await run(ISSUE)).text).toContain('It is not known whether')
    expect(changes()).toHaveLength(1)
    vendor.answer({ ...workingVendors(token.accessToken, NOW), [`POST ${EVENTS_PATH}`]: { status: 502 } })
    const ofAnother = memoryEffects()
    const addLunch = () => run(LUNCH, ofAnother, turn('u'))
    expect((await addLunch()).text).toContain('It is not known whether')
    vendor.answer(workingVendors(token.accessToken, NOW))
    expect((await addLunch()).text).toContain('Lunch is on your calendar')
  })

  const at = (status: number) => ({ [`GET ${EVENTS_PATH}`]: { status } })
  const rejected = (answer: ResourceAccessOutcome) =>
    accessThat({ 'google-calendar': token, 'google-calendar rejected': answer })
  const disconnected = { ...connected, whileConnected: () => Promise.reject(new DisconnectedError()) }

  it.each([
    ['as one too many', 'was asked too often', connected, at(429)],
    ['as forbidden', 'does not allow that', connected, at(403)],
    ['for its token, and the user does not consent', 'did not want to connect', rejected(declined), at(401)],
    [
      'for its token, and the user leaves a scope out',
      'did not give this permission',
      rejected({ outcome: 'missing-scopes', missing: ['Add events'] }),
      at(401),
    ],
    ['because the user does not connect', 'did not want to connect', accessThat({ 'google-calendar': declined }), {}],
    [
      'because AgentCore does not answer',
      'cannot be obtained',
      accessThat({ 'google-calendar': { outcome: 'unavailable' } }),
      {},
    ],
    ['after a disconnection', 'has disconnected', disconnected, {}],
  ])(
    'says that the outcome of the first is unknown when its repetition is refused %s',
    async (_how, words, access, refusal) => {
      const refused = (records: typeof effects) => {
        vendor.answer({ ...workingVendors(token.accessToken, NOW), ...refusal })
        return run(LUNCH, records, turn('t'), access)
      }
      const neverBegun = await refused(memoryEffects())
      expect(neverBegun.text).toContain(words)
      expect(neverBegun.text).not.toContain('not known')

      vendor.answer(workingVendors(token.accessToken, NOW))
      await expect(run(LUNCH, { ...effects, recordOutcome: () => Promise.reject(died) })).rejects.toBe(died)
      const { text } = await refused(effects)
      expect(text).toContain(words)
      expect(text.split('It is not known whether it was done')).toHaveLength(2)
      expect([...effects.known.values()]).toEqual(['intended'])
    },
  )

  it('asks the user before a change that the model words in another way, also after they have answered', async () => {
    await run(ISSUE)
    const permissions = permissionsThat()
    const memory = plainMemory()
    const runAgain = (question?: string) =>
      outcomeOf(
        runTurn({ url: vendor.url, access: connected, memory, effects, turnId: turn('t'), permissions }, question),
      )
    const { end } = await runAgain('Open an issue titled Typing error in alice/notes')
    expect(end?.type).toBe('interrupted')
    expect(changes()).toHaveLength(1)

    for (const { call } of permissions.asked.flat()) permissions.decisions.set(call.effect, 'confirmed')
    expect((await runAgain()).end?.type).toBe('done')
    expect(changes()).toHaveLength(2)
  })

  it('does not make a declined change when the reason to ask is gone', async () => {
    await run(ISSUE)
    const permissions = permissionsThat()
    const memory = plainMemory()
    const runAgain = (question?: string) =>
      outcomeOf(
        runTurn({ url: vendor.url, access: connected, memory, effects, turnId: turn('t'), permissions }, question),
      )
    // The calendar event is requested first: the model does not know the outcome of the issue yet.
    expect((await runAgain(`${LUNCH} and open an issue titled Typo in alice/notes`)).end?.type).toBe('interrupted')
    for (const { call } of permissions.asked.flat()) permissions.decisions.set(call.effect, 'declined')
    expect((await runAgain()).end?.type).toBe('done')
    expect(changes().map(({ path }) => path)).toEqual(['/repos/alice/notes/issues'])
  })

  it('asks nothing after a change that the vendor refused', async () => {
    vendor.answer({ 'POST /repos/alice/notes/issues': { status: 404 } })
    await run(ISSUE)
    vendor.answer(workingVendors(token.accessToken, NOW))
    expect((await run(LUNCH)).text).toContain('Lunch is on your calendar')
  })

  it('asks nothing after a change for which something could not be read, and says that it was not made', async () => {
    vendor.answer({ ...workingVendors(token.accessToken, NOW), [`GET ${EVENTS_PATH}`]: { status: 502 } })
    const { text } = await run(LUNCH)
    expect(text).toContain('does not answer as it should')
    expect(text).not.toContain('It is not known whether')
    vendor.answer(workingVendors(token.accessToken, NOW))
    expect((await run(ISSUE)).text).toContain('Issue #7')
  })

  it('returns a known outcome also when there is no access any more', async () => {
    await run(LUNCH)
    const { text } = await run(LUNCH, effects, turn('t'), accessThat({ 'google-calendar': declined }))
    expect(text).toContain('Lunch is on your calendar')
  })
})

describe('one turn', () => {
  const effects = createEffects('turn', memoryEffects(), permissionsThat(), () => undefined)

  it('makes one change for two simultaneous requests', async () => {
    let times = 0
    const act = async () => ({ times: ++times })
    const effect = { id: effects.idOf('tool', {}), provider: 'github', asksFirst: false, repeatable: false } as const
    expect(await Promise.all([effects.once(effect, act), effects.once(effect, act)])).toEqual([
      { times: 1 },
      { times: 1 },
    ])
  })

  it.each([
    [{ a: 1, b: { c: [1, 2], d: 2 } }, { b: { d: 2, c: [1, 2] }, a: 1 }, true],
    [{ a: 1, b: undefined }, { a: 1 }, true],
    [{ a: 1 }, { a: '1' }, false],
    [{ a: [1, 2] }, { a: [2, 1] }, false],
    [{ a: 1 }, { b: 1 }, false],
  ])('treats %j and %j as the same: %p', (one, other, same) => {
    expect(effects.idOf('tool', one) === effects.idOf('tool', other)).toBe(same)
    expect(effects.idOf('tool', one)).not.toBe(effects.idOf('other tool', one))
    expect(effects.idOf('tool', one)).not.toBe(
      createEffects('u', memoryEffects(), permissionsThat(), () => undefined).idOf('tool', one),
    )
  })
})
