import type { AuthorizationRequired, ConfirmationRequired, TurnEvent } from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import { INITIAL_TURN, loseTurn, reduceTurn, type TurnState, waitsFor, withoutDeadRun } from './client/turn-state.ts'

const request = (id: string, displayName = 'GitHub') =>
  ({
    authorizationId: id,
    provider: 'github',
    displayName,
    scopes: ['Read your profile'],
    startUrl: `/authorizations/${id}/start`,
    expiresAt: '2026-05-14T10:00:00.000Z',
  }) as AuthorizationRequired

const required = (id: string, displayName?: string): TurnEvent => ({
  event: 'authorization_required',
  data: request(id, displayName),
})
const completed = (id: string, account?: string): TurnEvent => ({
  event: 'authorization_completed',
  data: { authorizationId: request(id).authorizationId, ...(account === undefined ? {} : { account }) },
})
const text = (delta: string): TurnEvent => ({ event: 'text', data: { delta } })
const tool = (status: 'started' | 'succeeded' | 'failed', name = 'read_calendar'): TurnEvent => ({
  event: 'tool',
  data: { tool: name, status },
})
const done: TurnEvent = { event: 'done', data: {} }

const after = (...events: TurnEvent[]): TurnState => events.reduce(reduceTurn, INITIAL_TURN)

describe('the answer to a turn', () => {
  test('joins deltas, and begins a new part after another kind of part', () => {
    expect(after(text('To'), text('day'), tool('started'), text('Stand-up')).parts).toEqual([
      { kind: 'text', text: 'Today' },
      { kind: 'tool', tool: 'read_calendar', status: 'started' },
      { kind: 'text', text: 'Stand-up' },
    ])
  })

  test('leaves no gap between a card and the paragraph after it, and keeps those between paragraphs', () => {
    expect(after(tool('started'), text('\n'), text('\nYour'), text('\n\nday')).parts.slice(1)).toEqual([
      { kind: 'text', text: 'Your\n\nday' },
    ])
  })

  test('never changes a part in place', () => {
    const before = after(text('To'), tool('started'))
    const [first, second] = before.parts
    const next = reduceTurn(before, tool('succeeded'))
    expect(next.parts[0]).toBe(first)
    expect(next.parts[1]).not.toBe(second)
    expect(second).toMatchObject({ status: 'started' })
  })

  test('keeps one line for a tool that was suspended and starts again from its start', () => {
    const state = after(tool('started'), required('a'), completed('a'), tool('started'), tool('succeeded'))
    expect(state.parts.filter(({ kind }) => kind === 'tool')).toEqual([
      { kind: 'tool', tool: 'read_calendar', status: 'succeeded' },
    ])
  })

  test('gives a tool that is used a second time a line of its own', () => {
    const twoAtOnce = after(tool('started'), tool('started'), tool('succeeded'))
    expect(twoAtOnce.parts).toMatchObject([{ status: 'succeeded' }, { status: 'started' }])
    const state = after(tool('started'), tool('failed'), tool('started'))
    expect(state.parts).toMatchObject([{ status: 'failed' }, { status: 'started' }])
  })

  test('waits until every authorization is settled', () => {
    const both = after(required('a', 'GitHub'), required('b', 'Google Calendar'))
    expect([both.phase, waitsFor(both).connect]).toEqual(['waiting', ['GitHub', 'Google Calendar']])
    const one = reduceTurn(both, completed('a', 'alice'))
    expect([one.phase, waitsFor(one).connect]).toEqual(['waiting', ['Google Calendar']])
    expect(one.parts[0]).toMatchObject({ outcome: 'completed', account: 'alice' })
    expect(reduceTurn(one, completed('b')).phase).toBe('running')
  })

  test('shows one card for an authorization, however often it is requested', () => {
    expect(after(required('a'), required('a')).parts).toHaveLength(1)
  })

  test.each(['denied', 'cancelled', 'expired', 'failed'] as const)(
    'shows that an authorization was %s, and goes on',
    (code) => {
      const failed: TurnEvent = {
        event: 'authorization_failed',
        data: { authorizationId: request('a').authorizationId, code },
      }
      const state = after(required('a'), failed)
      expect([state.phase, state.parts[0]]).toMatchObject(['running', { outcome: code }])
    },
  )

  test('goes on without an access when another account came than was expected, and keeps its name', () => {
    const { authorizationId } = request('a')
    const failed: TurnEvent = {
      event: 'authorization_failed',
      data: { authorizationId, code: 'wrong_account', account: 'bob@home' },
    }
    const state = after(required('a'), failed)
    expect([state.phase, state.parts[0]]).toMatchObject(['running', { outcome: 'wrong_account', account: 'bob@home' }])
    expect(waitsFor(state).connect).toEqual([])
    expect(reduceTurn(state, completed('a', 'bob@home')).parts).toEqual(state.parts)
  })

  test('goes on waiting for an authorization that was set aside, and keeps the name of the other service', () => {
    const setAside: TurnEvent = {
      event: 'authorization_set_aside',
      data: { authorizationId: request('a').authorizationId, instead: { displayName: 'Google Calendar' } },
    }
    const state = after(required('a'), setAside)
    expect([state.phase, state.parts[0]]).toMatchObject([
      'waiting',
      { outcome: 'pending', setAsideFor: 'Google Calendar' },
    ])
    const settled = reduceTurn(state, completed('a'))
    expect([settled.phase, settled.parts[0]]).toMatchObject(['running', { outcome: 'completed' }])
    expect(reduceTurn(settled, setAside).parts).toEqual(settled.parts)
  })

  test('does not let a settled authorization settle again, nor an unknown one appear', () => {
    const state = after(required('a'), completed('a', 'alice'))
    expect(reduceTurn(state, completed('a', 'mallory')).parts).toEqual(state.parts)
    expect(reduceTurn(state, completed('b')).parts).toEqual(state.parts)
  })

  test('withdraws what is open when it ends with an error', () => {
    const error: TurnEvent = { event: 'error', data: { code: 'signed_out', requestId: 'r' } }
    const state = after(tool('started'), required('a'), error)
    expect(state.phase).toBe('ended')
    expect(state.parts).toMatchObject([
      { status: 'unfinished' },
      { outcome: 'withdrawn' },
      { kind: 'error', code: 'signed_out', requestId: 'r' },
    ])
  })

  test('stays as it is once it has ended', () => {
    const state = after(text('Hi'), done)
    expect(reduceTurn(state, text('!'))).toBe(state)
    expect(loseTurn(state, 'not_found')).toBe(state)
  })

  test('says so when the rest of it cannot be read', () => {
    const state = loseTurn(after(text('Hi'), required('a')), 'not_signed_in')
    expect(state.phase).toBe('ended')
    expect(state.parts.at(-1)).toEqual({ kind: 'loss', reason: 'not_signed_in' })
    expect(waitsFor(state)).toEqual({ connect: [], confirm: false })
  })
})

describe('when a run has died and another starts over', () => {
  const required = { event: 'authorization_required', data: { authorizationId: 'a' } } as unknown as TurnEvent
  const events = [
    { id: '1-0', event: { event: 'text', data: { delta: 'kept' } } },
    { id: '2-0', event: { event: 'text', data: { delta: 'void' } } },
    { id: '3-0', event: required },
    { id: '4-0', event: { event: 'tool', data: { tool: 't', status: 'started' } } },
  ] satisfies { id: string; event: TurnEvent }[]
  const left = (after: string) => withoutDeadRun(events, after).map(({ id }) => id)

  test('its text and tools are void, questions to the user stay', () => {
    expect(left('1-0')).toEqual(['1-0', '3-0'])
    expect(left('0-0')).toEqual(['3-0'])
    expect(left('4-0')).toEqual(['1-0', '2-0', '3-0', '4-0'])
  })
})

describe('a confirmation', () => {
  const question = (id: string): TurnEvent => ({
    event: 'confirmation_required',
    data: {
      confirmationId: id,
      calls: [],
      begun: 0,
      expiresAt: '2026-05-14T10:00:00.000Z',
    } as unknown as ConfirmationRequired,
  })
  const settled = (id: string, outcome: 'confirmed' | 'declined' | 'expired'): TurnEvent => ({
    event: 'confirmation_settled',
    data: { confirmationId: (question(id).data as ConfirmationRequired).confirmationId, outcome },
  })
  const outcomes = (state: TurnState) =>
    state.parts.flatMap((part) => (part.kind === 'confirmation' ? [part.outcome] : []))

  test('makes the turn wait until it is answered, and stays as it was answered', () => {
    const waiting = after(question('a'))
    expect([waiting.phase, waitsFor(waiting).confirm]).toEqual(['waiting', true])
    const going = after(question('a'), settled('a', 'confirmed'), settled('a', 'expired'))
    expect([going.phase, waitsFor(going).confirm, outcomes(going)]).toEqual(['running', false, ['confirmed']])
  })

  test('that was asked before is no longer open: one question at a time', () => {
    const state = after(question('a'), question('b'), settled('a', 'confirmed'))
    expect([state.phase, outcomes(state)]).toEqual(['waiting', ['withdrawn', 'pending']])
  })

  test('is settled beside an authorization: the turn waits for both', () => {
    const state = after(required('x'), question('a'), settled('a', 'declined'))
    expect([state.phase, outcomes(state)]).toEqual(['waiting', ['declined']])
  })

  test('is no longer needed when the turn has ended, and stays when a run died', () => {
    expect(outcomes(after(question('a'), done))).toEqual(['withdrawn'])
    const shown = [
      { id: '1-0', event: text('To') },
      { id: '2-0', event: question('a') },
    ]
    expect(withoutDeadRun(shown, '0-0')).toEqual([shown[1]])
  })
})
