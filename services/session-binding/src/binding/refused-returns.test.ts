import type { StartStatus, StoredStart } from '@agent-identity/contracts'
import { browserHash } from '@agent-identity/service-runtime'
import { describe, expect, test } from '@jest/globals'
import type { Caller } from './binding-checks.ts'
import {
  alice,
  authorization,
  bob,
  caller,
  id,
  otherSession,
  otherState,
  returning,
  session,
  sessionUri,
  state,
} from './test-support/returning.ts'

const LEFT = {
  event: 'left_its_browser',
  startId: id,
  authorizationId: authorization,
  correlationId: 'the-turn',
  provider: 'github',
  scopes: ['repo'],
}

describe('a return that does not match its authorization', () => {
  const refusals: [string, string, Record<string, unknown>, Partial<Caller>, Partial<StoredStart> | null][] = [
    ['nothing at all', 'malformed', {}, {}, {}],
    ['no state', 'malformed', { session_id: sessionUri }, {}, {}],
    ['no session URI', 'malformed', { state }, {}, {}],
    ['a truncated state', 'malformed', { state: state.slice(0, -1), session_id: sessionUri }, {}, {}],
    ['a state twice', 'malformed', { state: [state, state], session_id: sessionUri }, {}, {}],
    ['a session URI twice', 'malformed', { state, session_id: [sessionUri, sessionUri] }, {}, {}],
    ['a session URI of another shape', 'malformed', { state, session_id: 'https://elsewhere.example' }, {}, {}],
    ['an authorization that does not exist', 'unknown-authorization', { state, session_id: sessionUri }, {}, null],
    ['another user', 'different-user', { state, session_id: sessionUri }, { user: bob }, {}],
    [
      'another session of the user',
      'different-user-session',
      { state, session_id: sessionUri },
      { userSession: otherSession },
      {},
    ],
    ['a state with another secret', 'different-state', { state: otherState, session_id: sessionUri }, {}, {}],
    ['the session URI of another consent', 'different-session-uri', { state, session_id: `${sessionUri}x` }, {}, {}],
    [
      'a browser that did not receive the URL',
      'different-browser',
      { state, session_id: sessionUri },
      {},
      { browserHash: 'z'.repeat(43) },
    ],
    [
      'a browser without the cookie',
      'different-browser',
      { state, session_id: sessionUri },
      { browserSecret: undefined },
      {},
    ],
    ['another browser', 'different-browser', { state, session_id: sessionUri }, { browserSecret: 'y'.repeat(43) }, {}],
    [
      'another browser, which an attacker has written into the record',
      'different-browser',
      { state, session_id: sessionUri },
      { browserSecret: 'y'.repeat(43) },
      { browserHash: browserHash('y'.repeat(43), session) },
    ],
    [
      'the browser that signed in, when another one received the URL',
      'different-browser',
      { state, session_id: sessionUri },
      {},
      { browserHash: browserHash('y'.repeat(43), session) },
    ],
    [
      'a denial of another consent',
      'different-session-uri',
      { state, session_id: `${sessionUri}x`, error: 'access_denied' },
      {},
      {},
    ],
    ['another user who denies', 'different-user', { state, error: 'access_denied' }, { user: bob }, {}],
    [
      'another browser that denies',
      'different-browser',
      { state, error: 'access_denied' },
      { browserSecret: 'y'.repeat(43) },
      {},
    ],
  ]

  /** Those whose return has the state and the session URI: the authorization has left its browser. */
  const ending = refusals.filter(
    ([, , query, , record]) => record !== null && query.state === state && query.session_id === sessionUri,
  )
  const harmless = refusals.filter((one) => !ending.includes(one))
  const line = (reason: string, who: Partial<Caller>) =>
    expect.objectContaining({
      event: 'binding_refused',
      reason,
      user: who.user ?? alice,
      userSession: who.userSession ?? session,
    })

  test.each(harmless)(
    '%s: is not recognized and consumes nothing; where the record is intact, alice still finishes',
    async (_name, refusal, query, who, record) => {
      const { done, returns, said } = returning({ record })
      expect(await returns(query, { ...caller, ...who })).toMatchObject({ outcome: 'not_recognized', refusal })
      expect(done).toEqual([])
      expect(said).toEqual([line(refusal, who)])
      if (record !== null && !('browserHash' in record)) expect((await returns()).outcome).toBe('bound')
    },
  )

  test.each(ending)(
    'with state and session URI, %s: ends the authorization without a call, and looks the same',
    async (_name, refusal, query, who, record) => {
      const { done, returns, said } = returning({ record })
      const refused = await returns(query, { ...caller, ...who })
      expect(refused).toEqual({ outcome: 'not_recognized', refusal, startId: id, authorizationId: authorization })
      expect(said).toEqual([line(refusal, who), LEFT])
      expect((await returns()).outcome).toBe('not_recognized')
      expect(done).toEqual(['record left-its-browser'])
    },
  )

  test('of another user who denies, with state and session URI, ends the authorization, too', async () => {
    const { done, returns } = returning()
    const denial = { state, session_id: sessionUri, error: 'access_denied' }
    expect((await returns(denial, { ...caller, user: bob })).outcome).toBe('not_recognized')
    expect(done).toEqual(['record left-its-browser'])
  })

  test('where no user is signed in ends the authorization, and names no user', async () => {
    const { done, returns, said } = returning()
    expect(await returns({ state, session_id: sessionUri }, null)).toEqual({
      outcome: 'not_signed_in',
      refusal: 'not-signed-in',
      startId: id,
      authorizationId: authorization,
    })
    expect(said).toEqual([{ ...LEFT, event: 'binding_refused', reason: 'not-signed-in', sessionUri }, LEFT])
    expect((await returns()).outcome).toBe('not_recognized')
    expect(done).toEqual(['record left-its-browser'])
  })

  test.each([
    ['another state', { state: otherState, session_id: sessionUri }, {}],
    ['another session URI', { state, session_id: `${sessionUri}x` }, {}],
    ['a denial without a session URI', { state, error: 'access_denied' }, {}],
    ['nothing', {}, {}],
    ['the state of no authorization', { state, session_id: sessionUri }, null],
  ])('where no user is signed in, with %s, consumes nothing', async (_name, query, record) => {
    const { done, returns, said } = returning({ record })
    expect((await returns(query, null)).outcome).toBe('not_signed_in')
    expect(said).toEqual([expect.objectContaining({ event: 'binding_refused', reason: 'not-signed-in' })])
    expect(said[0]).not.toHaveProperty('user', expect.anything())
    if (record) expect((await returns()).outcome).toBe('bound')
    else expect(done).toEqual([])
  })

  test.each<StartStatus>(['binding', 'bound', 'unconfirmed', 'failed', 'cancelled', 'expired'])(
    'with state and session URI, changes nothing of an authorization that is %s',
    async (status) => {
      const { done, returns, said } = returning({ record: { status } })
      for (const who of [{ ...caller, user: bob }, null])
        expect((await returns({ state, session_id: sessionUri }, who)).outcome).not.toBe('bound')
      expect(done).toEqual([])
      expect(said.map(({ event }) => event)).toEqual(['binding_refused', 'binding_refused'])
    },
  )

  test('does not reveal the provider', async () => {
    const { returns } = returning()
    expect(await returns(undefined, { ...caller, user: bob })).not.toHaveProperty('provider')
  })
})
