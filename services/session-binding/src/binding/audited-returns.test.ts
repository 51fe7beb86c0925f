import { describe, expect, test } from '@jest/globals'
import {
  alice,
  authorization,
  id,
  NOW,
  pending,
  returning,
  session,
  sessionUri,
  state,
} from './test-support/returning.ts'

describe('the audit trail', () => {
  const start = {
    startId: id,
    authorizationId: authorization,
    correlationId: 'the-turn',
    provider: 'github',
    scopes: ['repo'],
  }
  const actor = { user: alice, userSession: session }

  test('has the intent before the record is consumed, and the outcome right after AgentCore’s answer', async () => {
    const { returns, said, saidAfter } = returning()
    await returns()
    expect(saidAfter).toEqual([
      ['binding_intended', undefined],
      ['bound', `complete ${sessionUri}`],
    ])
    expect(said).toEqual([
      { event: 'binding_intended', ...actor, ...start, sessionUri },
      { event: 'bound', ...actor, ...start, sessionUri, awsRequestId: 'aws-1' },
    ])
  })

  test.each([
    ['refused', { event: 'binding_refused', reason: 'refused-by-agentcore', awsRequestId: 'aws-1' }],
    ['not-executed', { event: 'binding_unconfirmed', reason: 'not-executed', awsRequestId: 'aws-1' }],
    ['unknown', { event: 'binding_unconfirmed', reason: 'unknown', awsRequestId: 'aws-1' }],
  ] as const)('has the outcome when the call ends as %s', async (reply, outcome) => {
    const { returns, said } = returning({ reply })
    await returns()
    expect(said.slice(1)).toEqual([expect.objectContaining({ ...actor, ...start, ...outcome })])
  })

  test('keeps the intent of a process that is killed during the call, and nothing after it', async () => {
    const { done, ports, returns, said } = returning()
    let called = () => {}
    const calling = new Promise<void>((resolve) => {
      called = resolve
    })
    ports.identity.completeAuthorization = () => {
      called()
      return new Promise(() => {})
    }
    void returns()
    await calling
    expect(done).toEqual(['claim'])
    expect(said.map(({ event }) => event)).toEqual(['binding_intended'])
  })

  test('keeps the intent of a call that fails unexpectedly', async () => {
    const { ports, returns, said } = returning()
    ports.identity.completeAuthorization = () => Promise.reject(new Error('a mistake'))
    await expect(returns()).rejects.toThrow('a mistake')
    expect(said.map(({ event }) => event)).toEqual(['binding_intended'])
  })

  test('has the outcome although it could not be stored in Redis', async () => {
    const { ports, returns, said } = returning()
    ports.starts.recordOutcome = () => Promise.reject(new Error('Connection is closed.'))
    await expect(returns()).rejects.toThrow('Connection is closed.')
    expect(said.map(({ event }) => event)).toEqual(['binding_intended', 'bound'])
  })

  test.each([
    ['a denial', {}, { state, error: 'access_denied' }, 'denied'],
    ['a consent that failed', {}, { state, error: 'server_error' }, 'binding_refused'],
    ['what an earlier return left behind', { status: 'binding', bindingEndsAt: NOW }, undefined, 'binding_unconfirmed'],
  ] as const)(
    'has the line of %s although the agent workload could not be told',
    async (_what, record, query, event) => {
      const { ports, returns, said } = returning({ record })
      const { recordOutcome } = ports.starts
      ports.starts.recordOutcome = async (...of) => {
        await recordOutcome(...of)
        throw new Error('Connection is closed.')
      }
      await expect(returns(query)).rejects.toThrow('Connection is closed.')
      expect(said.map((line) => line.event)).toEqual([event])
    },
  )

  test('of two returns at once has one outcome for each intent', async () => {
    const { returns, said } = returning()
    await Promise.all([returns(), returns()])
    const events = said.map((event) => ('reason' in event ? `${event.event} ${event.reason}` : event.event))
    expect(events.sort()).toEqual(['binding_intended', 'binding_intended', 'binding_refused not-claimed', 'bound'])
  })

  test('of two denials at once has one line for the denial, and one for the return that came second', async () => {
    const { returns, said } = returning()
    const denial = { state, error: 'access_denied' }
    const shown = await Promise.all([returns(denial), returns(denial)])
    expect(shown.map(({ outcome }) => outcome)).toEqual(['denied', 'denied'])
    expect(said.map((event) => ('reason' in event ? event.reason : event.event))).toEqual(['denied', 'not-claimed'])
  })

  test('has one line and no intent for a denial, a denial that came too late, an expired return, and a return after a cancellation', async () => {
    const denied = returning()
    await denied.returns({ state, error: 'access_denied' })
    expect(denied.said).toEqual([{ event: 'denied', ...actor, ...start }])

    const overtaken = returning()
    overtaken.ports.starts.recordOutcome = async () => ({
      isNew: false,
      record: { ...pending, status: 'bound' },
    })
    await overtaken.returns({ state, error: 'access_denied' })
    expect(overtaken.said).toEqual([expect.objectContaining({ event: 'binding_refused', reason: 'not-claimed' })])

    const late = returning({ now: pending.expiresAt })
    await late.returns()
    expect(late.said).toEqual([expect.objectContaining({ event: 'binding_refused', reason: 'expired' })])

    const cancelled = returning({ record: { status: 'cancelled' } })
    await cancelled.returns()
    expect(cancelled.said).toEqual([expect.objectContaining({ event: 'binding_refused', reason: 'settled' })])
  })

  test('has no line for a page that is opened again, and one line when a dead process left its outcome open', async () => {
    const { returns, said } = returning()
    await returns()
    const before = said.length
    await returns()
    expect(said).toHaveLength(before)

    const left = returning({ record: { status: 'binding', bindingEndsAt: NOW } })
    await Promise.all([left.returns(), left.returns()])
    await left.returns()
    expect(left.said).toEqual([expect.objectContaining({ event: 'binding_unconfirmed', reason: 'left-behind' })])
  })
})
