import type {
  AuthorizationId,
  ConnectionRecord,
  ConsentRequest,
  ConsentRequestId,
  ConsentRequestProgress,
  OfferedProvider,
  PendingAuthorization,
  UserRef,
  UserSessionRef,
} from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import type { AccessOutcome, AccessRequest } from '../request-authorization.ts'
import { connectionRecord } from '../test-support/connection.ts'
import { at, laptop, phone, required } from '../test-support/consent-requests.ts'
import { OFFERED } from '../test-support/offered.ts'
import { type StartConsentRequestPorts, startConsentRequest } from './start-consent-request.ts'

const NOW = 1_900_000_000_000
const user = 'a'.repeat(22) as UserRef
const id = 'r'.repeat(22) as ConsentRequestId
const READ = 'https://www.googleapis.com/auth/calendar.readonly'
const WRITE = 'https://www.googleapis.com/auth/calendar.events'
const CALENDAR = OFFERED.get('google-calendar') as OfferedProvider
const STARTED = { status: 'started', authorizationId: at(laptop), startedAt: NOW }
const by = { ref: laptop as UserSessionRef, userRef: user, requestId: 'start' }

function world(given: {
  request?: Partial<ConsentRequest>
  answer?: AccessOutcome
  /** What consecutive reads return; the last one is repeated. */
  connections?: (ConnectionRecord | undefined)[]
  authorization?: Partial<PendingAuthorization>
  active?: AuthorizationId
  joins?: ('waiting' | 'bound')[]
  changes?: boolean[]
  connects?: 'connected' | 'wrong-account'
  hasNoAccount?: true
}) {
  const request = {
    ...{ id, status: 'open', provider: 'google-calendar', scopes: READ, forceAuthentication: false },
    ...{ createdAt: NOW, expiresAt: NOW + 1 },
    ...given.request,
  } as ConsentRequest
  const requests: AccessRequest[] = []
  const changed: ConsentRequestProgress[] = []
  const connected: unknown[] = []
  const asked: unknown[] = []
  const marked: unknown[] = []
  const connections = [...(given.connections ?? [undefined])]
  const next = async () => (connections.length > 1 ? connections.shift() : connections[0])
  const [joins, changes] = [[...(given.joins ?? [])], [...(given.changes ?? [])]]
  const ports: StartConsentRequestPorts = {
    offered: new Map([
      ...OFFERED,
      [CALENDAR.id, { ...CALENDAR, accountChoice: { hint: 'login_hint', chooser: { prompt: 'select_account' } } }],
    ]),
    consentRequests: {
      read: async (...of) => (of[0] === user && of[1] === id ? request : undefined),
      async change(_request, to) {
        changed.push(to)
        return changes.shift() ?? true
      },
    },
    authorizations: {
      read: async () => given.authorization as PendingAuthorization | undefined,
      async findActive(...of) {
        asked.push(of)
        return given.active
      },
      join: async () => joins.shift() ?? 'waiting',
    },
    async requestAccess(access) {
      requests.push(access)
      return given.answer ?? required(laptop)
    },
    accounts: {
      choose: async (owner, provider) =>
        given.hasNoAccount ? undefined : { ref: { user: owner, provider, named: undefined }, record: await next() },
    },
    connections: { find: next, needsReauthorization: async (ref) => void marked.push(ref) },
    async connect(...of) {
      connected.push(of)
      return { outcome: given.connects ?? 'connected', record: connectionRecord({}) }
    },
    clock: () => NOW,
  }
  return { run: () => startConsentRequest(id, by, ports), requests, changed, connected, asked, marked }
}

const token: AccessOutcome = { outcome: 'token', accessToken: 'granted' }
const undecided = connectionRecord({ status: 'wrong_account', generation: 1, hint: 'alice', came: 'bob' })

test('a provider that this version does not offer is not asked', async () => {
  const { run, requests } = world({ request: { provider: 'unknown' } })
  expect([await run(), requests]).toEqual([{ outcome: 'not-offered' }, []])
})

test('where there is no account that it could be for, nothing is asked', async () => {
  const { run, requests } = world({ hasNoAccount: true })
  expect([await run(), requests]).toEqual([{ outcome: 'not-offered' }, []])
})

test.each([
  ['until its time is over', NOW + 1, 'authorization'],
  ['not when it is over', NOW, 'settled'],
] as const)('a request is started %s', async (_when, expiresAt, outcome) => {
  const { run, requests } = world({ request: { expiresAt } })
  expect(await run()).toMatchObject({ outcome })
  expect(requests).toHaveLength(outcome === 'settled' ? 0 : 1)
})

test.each(['signed-out', 'too-many', 'not-offered', 'unavailable'] as const)(
  'when access is %s nothing has started',
  async (outcome) => {
    const { run, changed } = world({ answer: { outcome } })
    expect([await run(), changed]).toEqual([{ outcome }, []])
  },
)

describe('while another account came than the one that was asked for', () => {
  test('the account is asked for by its name, with the vendor’s chooser, and in its own generation', async () => {
    const { run, requests } = world({ connections: [undecided] })
    expect(await run()).toEqual({ outcome: 'authorization', id: at(laptop) })
    expect(requests).toMatchObject([
      {
        ...{ hint: 'alice', chooser: true, generation: 1, scopes: [READ] },
        parameters: { login_hint: 'alice', prompt: 'select_account' },
      },
    ])
  })

  test('its user decides on the page of connected accounts what has come by the authorization of this request', async () => {
    const request = { status: 'started', authorizationId: at(laptop) } as const
    const { run, requests } = world({ request, connections: [undecided], authorization: { status: 'bound' } })
    expect([await run(), requests]).toEqual([{ outcome: 'undecided' }, []])
  })
})

describe('what has become an authorization', () => {
  const request = { status: 'started', authorizationId: at(laptop) } as const

  test.each(['binding', 'bound', 'unconfirmed'] as const)('and is %s starts nothing else', async (status) => {
    const { run, requests } = world({ request, authorization: { status } })
    expect([await run(), requests]).toEqual([{ outcome: 'settled' }, []])
  })

  test.each([
    ['has ended', at(laptop), { status: 'cancelled', expiresAt: NOW + 1 }],
    ['has expired at this moment', at(laptop), { status: 'pending', expiresAt: NOW }],
    ['is open in another user session', at(phone), { status: 'pending', expiresAt: NOW + 1 }],
  ] as const)('and %s starts once more', async (_what, authorizationId, authorization) => {
    const { run, requests, changed } = world({ request: { ...request, authorizationId }, authorization })
    expect(await run()).toEqual({ outcome: 'authorization', id: at(laptop) })
    expect([requests.length, changed]).toEqual([1, [STARTED]])
  })

  test('and is open in this user session goes on with that, as of now', async () => {
    const { run, requests, changed } = world({
      request: { ...request, joined: true, startedAt: NOW - 600_000 },
      authorization: { status: 'pending', expiresAt: NOW + 1 },
      changes: [false],
    })
    expect([await run(), requests]).toEqual([{ outcome: 'authorization', id: at(laptop) }, []])
    expect(changed).toEqual(Array(2).fill({ ...STARTED, joined: true }))
  })
})

test('a consent for the same that is open in this user session is joined, and the request says so', async () => {
  const { run, requests, changed, asked } = world({ active: at(laptop) })
  expect(await run()).toEqual({ outcome: 'authorization', id: at(laptop) })
  expect([requests, changed]).toEqual([[], [{ ...STARTED, joined: true }]])
  expect(asked).toMatchObject([[laptop, { user, provider: 'google-calendar', scopes: [READ], generation: 0 }]])
})

describe('where AgentCore has a token', () => {
  const connections = [connectionRecord({ scopes: READ, status: 'needs_reauthorization' })]

  test('it is connected with the account that it is for, for this user session', async () => {
    const { run, connected, changed } = world({ answer: token, connections })
    expect(await run()).toEqual({ outcome: 'connected' })
    const consented = { user, provider: 'google-calendar', scopes: READ, userSession: laptop, requestId: 'start' }
    expect(connected).toEqual([[expect.objectContaining(consented), 'granted']])
    expect(changed).toEqual([{ status: 'bound' }])
  })

  test('and it is of another account than the one that was asked for, its user decides', async () => {
    const { run, changed } = world({ answer: token, connections, connects: 'wrong-account' })
    expect([await run(), changed]).toEqual([{ outcome: 'undecided' }, []])
  })

  test('and it is connected already, the account is not read once more', async () => {
    const { run, connected, changed } = world({ answer: token, connections: [connectionRecord({ scopes: READ })] })
    expect([await run(), connected, changed]).toEqual([{ outcome: 'connected' }, [], [{ status: 'bound' }]])
  })

  test('a request that has become an authorization elsewhere is left to the end of that', async () => {
    const request = { status: 'started', authorizationId: at(phone) } as const
    const { run, changed } = world({ answer: token, connections, request, authorization: { status: 'expired' } })
    expect([await run(), changed]).toEqual([{ outcome: 'connected' }, []])
  })

  test('a request whose authorization was lost with another user session has its end: the call that waits is told', async () => {
    const request = { status: 'started', authorizationId: at(phone) } as const
    const { run, changed } = world({ answer: token, connections, request })
    expect([await run(), changed]).toEqual([{ outcome: 'connected' }, [{ status: 'bound' }]])
  })

  test('and the request was changed meanwhile, it is read once more', async () => {
    const { run, changed, requests } = world({ answer: token, connections, changes: [false] })
    expect([await run(), changed.length, requests.length]).toEqual([{ outcome: 'connected' }, 2, 2])
  })
})

describe('another start of the same request may come first', () => {
  test('and its connection may have changed: it is read once more, and nothing is asked for before that', async () => {
    const after = connectionRecord({ status: 'connected', generation: 1 })
    const { run, requests } = world({ connections: [undefined, after] })
    await run()
    expect(requests.map(({ generation }) => generation)).toEqual([1])
  })

  test.each([
    ['its authorization may be settled', { joins: ['bound' as const] }],
    ['its request may be changed', { changes: [false] }],
  ])('and %s: it starts once more', async (_what, given) => {
    const { run, requests } = world(given)
    expect([await run(), requests.length]).toEqual([{ outcome: 'authorization', id: at(laptop) }, 2])
  })

  test('but not without end', async () => {
    const { run, requests } = world({ changes: Array.from({ length: 20 }, () => false) })
    await expect(run()).rejects.toThrow('again and again')
    expect(requests).toHaveLength(10)
  })
})

test.each([
  ['what its user left out: what was granted stays in use', [WRITE, READ], 0],
  ['what was granted, which the vendor rejects: nothing of it is used any more', [READ, READ], 1],
])('a request that starts over for %s', async (_what, [scopes = '', granted], marks) => {
  const { run, requests, marked } = world({
    request: { scopes, forceAuthentication: true },
    connections: [connectionRecord({ scopes, granted })],
  })
  await run()
  expect(requests).toMatchObject([{ forceAuthentication: true, consentRequestId: id, userSession: laptop }])
  expect(marked).toMatchObject(Array.from({ length: marks }, () => ({ user, provider: 'google-calendar' })))
})
