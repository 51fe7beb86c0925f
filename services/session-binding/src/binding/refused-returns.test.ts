import type { PendingAuthorization } from '@agent-identity/contracts'
import { browserHash } from '@agent-identity/service-runtime'
import { describe, expect, test } from '@jest/globals'
import type { Caller } from './binding-checks.ts'
import {
  alice,
  bob,
  caller,
  otherSession,
  otherState,
  returning,
  session,
  sessionUri,
  state,
} from './test-support/returning.ts'

describe('a return that does not match its authorization', () => {
  const refusals: [string, string, Record<string, unknown>, Partial<Caller>, Partial<PendingAuthorization> | null][] = [
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
      'never-started',
      { state, session_id: sessionUri },
      {},
      { browserHash: undefined },
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

  test.each(refusals)(
    '%s: is not recognized and consumes nothing; where the record is intact, alice still finishes',
    async (_name, refusal, query, who, record) => {
      const { done, returns, said } = returning({ record })
      expect(await returns(query, { ...caller, ...who })).toMatchObject({ outcome: 'not_recognized', refusal })
      expect(done).toEqual([])
      expect(said).toEqual([
        expect.objectContaining({
          event: 'binding_refused',
          reason: refusal,
          user: who.user ?? alice,
          userSession: who.userSession ?? session,
        }),
      ])
      if (record !== null && !('browserHash' in record)) expect((await returns()).outcome).toBe('bound')
    },
  )

  test('does not reveal the provider', async () => {
    const { returns } = returning()
    expect(await returns(undefined, { ...caller, user: bob })).not.toHaveProperty('provider')
  })
})
