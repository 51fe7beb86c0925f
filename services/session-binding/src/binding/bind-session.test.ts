import { describe, expect, test } from '@jest/globals'
import { NOW, pending, returning, sessionUri, state } from './test-support/returning.ts'

describe('a return that matches its authorization', () => {
  test('consumes the record, then calls AgentCore once, then records the outcome', async () => {
    const { done, returns } = returning()
    expect(await returns()).toMatchObject({ outcome: 'bound', provider: 'github' })
    expect(done).toEqual(['claim', `complete ${sessionUri}`, 'record bound'])
  })

  test.each([
    [-1, 'bound'],
    [0, 'expired'],
    [1, 'expired'],
  ])('at %d ms from its expiry is %s, by the clock', async (offset, outcome) => {
    const { done, returns } = returning({ now: pending.expiresAt + offset })
    expect((await returns()).outcome).toBe(outcome)
    if (outcome === 'expired') expect(done).toEqual([])
  })

  test('repeated, shows the outcome again without a call', async () => {
    const { done, returns } = returning()
    await returns()
    const calls = done.length
    expect((await returns()).outcome).toBe('already_bound')
    expect(done).toHaveLength(calls)
  })

  test('twice at once, calls AgentCore once', async () => {
    const { done, returns } = returning()
    const outcomes = await Promise.all([returns(), returns()])
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['bound', 'try_again'])
    expect(done.filter((step) => step.startsWith('complete'))).toHaveLength(1)
  })

  test.each([
    ['completed', 'bound', 'bound', 'already_bound'],
    ['refused', 'failed', 'not_recognized', 'not_recognized'],
    ['not-executed', 'unconfirmed', 'try_again', 'try_again'],
    ['unknown', 'unconfirmed', 'try_again', 'try_again'],
  ] as const)(
    'when the call ends as %s: the record is %s, the page shows %s, and a repetition %s',
    async (reply, status, outcome, again) => {
      const { done, returns, record } = returning({ reply })
      expect((await returns()).outcome).toBe(outcome)
      expect(record()?.status).toBe(status)
      expect((await returns()).outcome).toBe(again)
      expect(done.filter((step) => step.startsWith('complete'))).toHaveLength(1)
    },
  )

  test.each([
    { state, error: 'access_denied' },
    { state, session_id: sessionUri, error: 'access_denied' },
  ])('with a denied consent is recorded without a call: %j', async (query) => {
    const { done, returns, record } = returning()
    expect((await returns(query)).outcome).toBe('denied')
    expect(done).toEqual(['record denied'])
    expect(record()).toMatchObject({ status: 'failed', failure: 'denied' })
  })

  test.each([
    ['server_error', {}],
    ['temporarily_unavailable', { session_id: sessionUri }],
    ['invalid_scope', {}],
    ['Access_Denied', {}],
  ])('with the error %s fails without a call, and is not told as a denial', async (error, query) => {
    const { done, returns, record, said } = returning()
    expect((await returns({ state, error, ...query })).outcome).toBe('not_recognized')
    expect(done).toEqual(['record refused'])
    expect(record()).toMatchObject({ status: 'failed', failure: 'refused' })
    expect(said).toEqual([expect.objectContaining({ event: 'binding_refused', reason: 'consent-failed' })])
  })

  test('of an authorization that failed adds a refusal to the trail', async () => {
    const { done, returns, said } = returning({ record: { status: 'failed', failure: 'refused' } })
    expect((await returns()).outcome).toBe('not_recognized')
    expect(done).toEqual([])
    expect(said).toEqual([expect.objectContaining({ event: 'binding_refused', reason: 'settled' })])
  })

  test.each(['cancelled', 'expired'] as const)('of an authorization that is %s is expired', async (status) => {
    const { done, returns, said } = returning({ record: { status } })
    expect((await returns()).outcome).toBe('expired')
    expect(done).toEqual([])
    expect(said).toEqual([expect.objectContaining({ event: 'binding_refused', reason: 'settled' })])
  })
})

describe('a user session that ends during a return', () => {
  test.each([
    ['before the claim', { claim: async () => undefined }],
    [
      'before the claim, with its authorizations',
      { claim: async () => undefined, untilOutcome: async () => undefined },
    ],
  ])('%s: the page does not say "expired", and AgentCore is not called', async (_name, changes) => {
    const { done, ports, returns } = returning()
    Object.assign(ports.starts, changes)
    expect((await returns()).outcome).toBe('not_signed_in')
    expect(done).toEqual([])
  })

  test('before a denial is recorded: the page says "not signed in", and the trail has a refusal', async () => {
    const { ports, returns, said } = returning()
    ports.starts.recordOutcome = async () => ({ isNew: false })
    expect((await returns({ state, error: 'access_denied' })).outcome).toBe('not_signed_in')
    expect(said).toEqual([expect.objectContaining({ event: 'binding_refused', reason: 'not-claimed' })])
  })

  test('while a return waits for an earlier one: the page says "not signed in", and the trail has the refusal', async () => {
    const { done, ports, returns, said } = returning({ record: { status: 'binding', bindingEndsAt: NOW + 1 } })
    ports.starts.untilOutcome = async () => undefined
    expect((await returns()).outcome).toBe('not_signed_in')
    expect(done).toEqual([])
    expect(said).toEqual([expect.objectContaining({ event: 'binding_refused', reason: 'settled' })])
  })

  test.each([
    ['with its authorizations', undefined],
    ['and the claim was lost in a failover', pending],
  ])('during the call, %s: AgentCore’s answer is shown', async (_name, record) => {
    for (const [reply, outcome] of [
      ['completed', 'bound'],
      ['refused', 'not_recognized'],
      ['unknown', 'try_again'],
    ] as const) {
      const { ports, returns } = returning({ reply })
      ports.starts.recordOutcome = async () => ({ isNew: false, record })
      expect(await returns()).toMatchObject({ outcome, provider: 'github' })
    }
  })
})

describe('a record that a killed process left in `binding`', () => {
  test('is left as it is while the process may still be alive', async () => {
    const { done, returns } = returning({ record: { status: 'binding', bindingEndsAt: NOW + 1 } })
    expect((await returns()).outcome).toBe('try_again')
    expect(done).toEqual([])
  })

  test('becomes `unconfirmed` when the process cannot be alive any more', async () => {
    const { done, returns } = returning({ record: { status: 'binding', bindingEndsAt: NOW } })
    expect((await returns()).outcome).toBe('try_again')
    expect(done).toEqual(['record unconfirmed'])
  })
})

test('an artifact that does not open is a fault, and consumes nothing', async () => {
  const { done, ports, returns } = returning()
  const { openIdentityArtifact } = ports.starts
  ports.starts.openIdentityArtifact = () => {
    throw new Error('does not open')
  }
  await expect(returns()).rejects.toThrow('does not open')
  expect(done).toEqual([])
  ports.starts.openIdentityArtifact = openIdentityArtifact
  expect((await returns()).outcome).toBe('bound')
})
