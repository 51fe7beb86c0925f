import {
  AuthorizationId,
  type PendingAuthorization,
  type UserRef,
  type UserSessionRef,
} from '@agent-identity/contracts'
import { browserHash, sha256 } from '@agent-identity/service-runtime'
import { describe, expect, test } from '@jest/globals'
import { type BindingEnd, type BindSessionPorts, bindSession } from './bind-session.ts'
import type { Caller } from './binding-checks.ts'
import type { BindingAudit } from './binding-trail.ts'
import { parseReturn } from './returned-parameters.ts'

const NOW = 1_900_000_000_000
const session = 'A'.repeat(22) as UserSessionRef
const otherSession = 'B'.repeat(22) as UserSessionRef
const alice = 'a'.repeat(22) as UserRef
const bob = 'b'.repeat(22) as UserRef
const id = AuthorizationId.parse(`${session}.${'i'.repeat(22)}`)
const state = `${id}.${'s'.repeat(43)}`
const otherState = `${id}.${'t'.repeat(43)}`
const sessionUri = 'urn:ietf:params:oauth:request_uri:alices'
const browser = 'x'.repeat(43)

const caller: Caller = {
  userSession: session,
  user: alice,
  browserHash: browserHash(browser, session),
  browserSecret: browser,
}
const pending: PendingAuthorization = {
  status: 'pending',
  owner: alice,
  provider: 'github',
  displayName: 'GitHub',
  scopes: 'repo',
  createdAt: NOW - 1_000,
  expiresAt: NOW + 1_000,
  stateHash: sha256(state),
  sessionUriHash: sha256(sessionUri),
  correlationId: 'the-turn',
  browserHash: browserHash(browser, session),
  sealedProgress: 'x',
  sealedAuthorization: 'sealed',
  sealedIdentityArtifact: 'sealed',
}

type Reply = Awaited<ReturnType<BindSessionPorts['identity']['completeAuthorization']>>['outcome']

/** One record, and everything that was done with it, in order. */
function world(options: { record?: Partial<PendingAuthorization> | null; reply?: Reply; now?: number } = {}) {
  let record: PendingAuthorization | undefined = options.record === null ? undefined : { ...pending, ...options.record }
  const done: string[] = []
  const said: Parameters<BindingAudit>[0][] = []
  /** The number of steps that had been done when each audit line was written. */
  const saidAfter: [string, string | undefined][] = []
  const ports: BindSessionPorts = {
    authorizations: {
      read: async () => record,
      openIdentityArtifact: () => ({ kind: 'user-id', userId: 'local+alice' }),
      async claim() {
        if (record?.status !== 'pending') return undefined
        done.push('claim')
        record = { ...record, status: 'binding', bindingEndsAt: NOW + 20_000 }
        return record
      },
      async settle(_id, seen, end) {
        if (record?.status !== seen.status) return record
        done.push(`settle ${end}`)
        record = { ...record, ...STATUS_OF[end] }
        return record
      },
      settled: async () => record,
    },
    identity: {
      async completeAuthorization(request) {
        done.push(`complete ${request.sessionUri}`)
        return { outcome: options.reply ?? 'completed', awsRequestId: 'aws-1' }
      },
    },
    audit(event) {
      said.push(event)
      saidAfter.push([event.event, done.at(-1)])
    },
    clock: () => options.now ?? NOW,
  }
  const returns = (query: Record<string, unknown> = { state, session_id: sessionUri }, who: Caller = caller) =>
    bindSession(parseReturn(query), who, ports)
  return { done, ports, returns, record: () => record, said, saidAfter }
}

const STATUS_OF = {
  bound: { status: 'bound' },
  denied: { status: 'failed', failure: 'denied' },
  refused: { status: 'failed', failure: 'refused' },
  unconfirmed: { status: 'unconfirmed' },
} as const satisfies Record<BindingEnd, object>

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
    '%s: is not recognized, consumes nothing, and alice still finishes',
    async (_name, refusal, query, who, record) => {
      const { done, returns, said } = world({ record })
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
      if (record !== null && record.browserHash === pending.browserHash) expect((await returns()).outcome).toBe('bound')
    },
  )

  test('does not reveal the provider', async () => {
    const { returns } = world()
    expect(await returns(undefined, { ...caller, user: bob })).not.toHaveProperty('provider')
  })
})

describe('a return that matches its authorization', () => {
  test('consumes the record, then calls AgentCore once, then settles', async () => {
    const { done, returns } = world()
    expect(await returns()).toMatchObject({ outcome: 'bound', provider: 'github' })
    expect(done).toEqual(['claim', `complete ${sessionUri}`, 'settle bound'])
  })

  test.each([
    [-1, 'bound'],
    [0, 'expired'],
    [1, 'expired'],
  ])('at %d ms from its expiry is %s, by the clock', async (offset, outcome) => {
    const { done, returns } = world({ now: pending.expiresAt + offset })
    expect((await returns()).outcome).toBe(outcome)
    if (outcome === 'expired') expect(done).toEqual([])
  })

  test('repeated, shows the outcome again without a call', async () => {
    const { done, returns } = world()
    await returns()
    const calls = done.length
    expect((await returns()).outcome).toBe('already_bound')
    expect(done).toHaveLength(calls)
  })

  test('twice at once, calls AgentCore once', async () => {
    const { done, returns } = world()
    const outcomes = await Promise.all([returns(), returns()])
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['bound', 'try_again'])
    expect(done.filter((step) => step.startsWith('complete'))).toHaveLength(1)
  })

  test.each([
    ['completed', 'bound', 'bound'],
    ['refused', 'failed', 'not_recognized'],
    ['not-executed', 'unconfirmed', 'try_again'],
    ['unknown', 'unconfirmed', 'try_again'],
  ] as const)(
    'when AgentCore answers %s: the record is %s, the page and a repetition show %s',
    async (reply, status, outcome) => {
      const { done, returns, record } = world({ reply })
      expect((await returns()).outcome).toBe(outcome)
      expect(record()?.status).toBe(status)
      expect((await returns()).outcome).toBe(outcome === 'bound' ? 'already_bound' : outcome)
      expect(done.filter((step) => step.startsWith('complete'))).toHaveLength(1)
    },
  )

  test.each([
    { state, error: 'access_denied' },
    { state, session_id: sessionUri, error: 'access_denied' },
  ])('with a denied consent settles without a call: %j', async (query) => {
    const { done, returns, record } = world()
    expect((await returns(query)).outcome).toBe('denied')
    expect(done).toEqual(['settle denied'])
    expect(record()).toMatchObject({ status: 'failed', failure: 'denied' })
  })

  test('of an authorization that failed adds a refusal to the trail', async () => {
    const { done, returns, said } = world({ record: { status: 'failed', failure: 'refused' } })
    expect((await returns()).outcome).toBe('not_recognized')
    expect(done).toEqual([])
    expect(said).toEqual([expect.objectContaining({ event: 'binding_refused', reason: 'settled' })])
  })

  test.each(['cancelled', 'expired'] as const)('of an authorization that is %s is expired', async (status) => {
    const { done, returns, said } = world({ record: { status } })
    expect((await returns()).outcome).toBe('expired')
    expect(done).toEqual([])
    expect(said).toEqual([expect.objectContaining({ event: 'binding_refused', reason: 'settled' })])
  })
})

describe('a user session that ends during a return', () => {
  test.each([
    ['before the claim', { claim: async () => undefined }],
    ['before the claim, with its authorizations', { claim: async () => undefined, settled: async () => undefined }],
  ])('%s: the page does not say "expired", and AgentCore is not called', async (_name, changes) => {
    const { done, ports, returns } = world()
    Object.assign(ports.authorizations, changes)
    expect((await returns()).outcome).toBe('not_signed_in')
    expect(done).toEqual([])
  })

  test('during the call: AgentCore’s answer is shown', async () => {
    const { ports, returns } = world()
    ports.authorizations.settle = async () => undefined
    expect(await returns()).toMatchObject({ outcome: 'bound', provider: 'github' })
  })
})

describe('a record that a killed process left in `binding`', () => {
  test('is not called again while the process may still be alive', async () => {
    const { done, returns } = world({ record: { status: 'binding', bindingEndsAt: NOW + 1 } })
    expect((await returns()).outcome).toBe('try_again')
    expect(done).toEqual([])
  })

  test('is left to the workload when the process cannot be alive any more', async () => {
    const { done, returns } = world({ record: { status: 'binding', bindingEndsAt: NOW } })
    expect((await returns()).outcome).toBe('try_again')
    expect(done).toEqual(['settle unconfirmed'])
  })
})

test('an artifact that does not open is a fault, and consumes nothing', async () => {
  const { done, ports, returns } = world()
  const { openIdentityArtifact } = ports.authorizations
  ports.authorizations.openIdentityArtifact = () => {
    throw new Error('does not open')
  }
  await expect(returns()).rejects.toThrow('does not open')
  expect(done).toEqual([])
  ports.authorizations.openIdentityArtifact = openIdentityArtifact
  expect((await returns()).outcome).toBe('bound')
})

describe('the audit trail', () => {
  const authorization = { authorizationId: id, correlationId: 'the-turn', provider: 'github', scopes: ['repo'] }
  const actor = { user: alice, userSession: session }

  test('has the intent before the record is consumed, and the outcome right after AgentCore’s answer', async () => {
    const { returns, said, saidAfter } = world()
    await returns()
    expect(saidAfter).toEqual([
      ['binding_intended', undefined],
      ['bound', `complete ${sessionUri}`],
    ])
    expect(said).toEqual([
      { event: 'binding_intended', ...actor, ...authorization, sessionUri },
      { event: 'bound', ...actor, ...authorization, sessionUri, awsRequestId: 'aws-1' },
    ])
  })

  test.each([
    ['refused', { event: 'binding_refused', reason: 'refused-by-agentcore', awsRequestId: 'aws-1' }],
    ['not-executed', { event: 'binding_unconfirmed', reason: 'not-executed', awsRequestId: 'aws-1' }],
    ['unknown', { event: 'binding_unconfirmed', reason: 'unknown', awsRequestId: 'aws-1' }],
  ] as const)('has the outcome when AgentCore answers %s', async (reply, outcome) => {
    const { returns, said } = world({ reply })
    await returns()
    expect(said.slice(1)).toEqual([expect.objectContaining({ ...actor, ...authorization, ...outcome })])
  })

  test('keeps the intent of a process that is killed during the call, and nothing after it', async () => {
    const { done, ports, returns, said } = world()
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
    const { ports, returns, said } = world()
    ports.identity.completeAuthorization = () => Promise.reject(new Error('a mistake'))
    await expect(returns()).rejects.toThrow('a mistake')
    expect(said.map(({ event }) => event)).toEqual(['binding_intended'])
  })

  test('has the outcome although it could not be stored in Redis', async () => {
    const { ports, returns, said } = world()
    ports.authorizations.settle = () => Promise.reject(new Error('Connection is closed.'))
    await expect(returns()).rejects.toThrow('Connection is closed.')
    expect(said.map(({ event }) => event)).toEqual(['binding_intended', 'bound'])
  })

  test('of two returns at once has one outcome for each intent', async () => {
    const { returns, said } = world()
    await Promise.all([returns(), returns()])
    const events = said.map((event) => ('reason' in event ? `${event.event} ${event.reason}` : event.event))
    expect(events.sort()).toEqual(['binding_intended', 'binding_intended', 'binding_refused not-claimed', 'bound'])
  })

  test('has a denied consent, a late one, and one that comes after the end, and no intent of them', async () => {
    const denied = world()
    await denied.returns({ state, error: 'access_denied' })
    expect(denied.said).toEqual([{ event: 'denied', ...actor, ...authorization }])

    const overtaken = world()
    overtaken.ports.authorizations.settle = async () => ({ ...pending, status: 'bound' })
    await overtaken.returns({ state, error: 'access_denied' })
    expect(overtaken.said).toEqual([expect.objectContaining({ event: 'binding_refused', reason: 'not-claimed' })])

    const late = world({ now: pending.expiresAt })
    await late.returns()
    expect(late.said).toEqual([expect.objectContaining({ event: 'binding_refused', reason: 'expired' })])

    const cancelled = world({ record: { status: 'cancelled' } })
    await cancelled.returns()
    expect(cancelled.said).toEqual([expect.objectContaining({ event: 'binding_refused', reason: 'settled' })])
  })

  test('has no line for a page that is opened again, and one line when a dead process left its outcome open', async () => {
    const { returns, said } = world()
    await returns()
    const before = said.length
    await returns()
    expect(said).toHaveLength(before)

    const left = world({ record: { status: 'binding', bindingEndsAt: NOW } })
    await left.returns()
    await left.returns()
    expect(left.said).toEqual([expect.objectContaining({ event: 'binding_unconfirmed', reason: 'left-behind' })])
  })
})
