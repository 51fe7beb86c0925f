import {
  type AuthorizationId,
  ConnectionId,
  type ConnectionRecord,
  type ConnectionRef,
  type PendingAuthorization,
  type TurnId,
  type UserRef,
  type UserSessionRef,
  WaiterId,
} from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import { accessForTurn } from './access-for-turn.ts'
import type { KnownAccount } from './connections/account.ts'
import type { AccessOutcome, AccessRequest } from './request-authorization.ts'
import { connectionRecord } from './test-support/connection.ts'
import { OFFERED } from './test-support/offered.ts'

const userSession = 's'.repeat(22) as UserSessionRef
const user = 'a'.repeat(22) as UserRef
const turnId = `${'c'.repeat(22)}.${'t'.repeat(11)}` as TurnId
const waiter = WaiterId.parse(turnId)
const authorizationId = (letter: string) => `${userSession}.${letter.repeat(22)}` as AuthorizationId
const READ = 'https://www.googleapis.com/auth/calendar.readonly'
const NOW = 1_900_000_000_000
const WRITE = 'https://www.googleapis.com/auth/calendar.events'

/** A fake world of one user: AgentCore's answers, the existing authorizations, and all recorded calls. */
function world() {
  const answers: AccessOutcome[] = []
  const requests: AccessRequest[] = []
  const announced: string[] = []
  const records = new Map<AuthorizationId, Pick<PendingAuthorization, 'status' | 'failure'>>()
  const asked = new Map<string, AuthorizationId>()
  let signedIn = true
  let active: AuthorizationId | undefined
  let unchecked: AuthorizationId | undefined
  let isComparedAtOnce = false
  const lookedAt: AuthorizationId[] = []
  let connection: ConnectionRecord | undefined
  let isSettling = false
  const used = new Map<string, { named: ConnectionRef['named'] }>()
  let others: KnownAccount[] = []
  let whenRead = (): void => undefined
  const marked: string[] = []
  const withoutConsent: string[] = []

  const ports: Parameters<typeof accessForTurn>[1] = {
    offered: OFFERED,
    isSignedIn: async () => signedIn,
    async requestAccess(request) {
      requests.push(request)
      return answers.shift() ?? { outcome: 'unavailable' }
    },
    async accessWithoutConsent(_turn, { id }, scopes, rejected) {
      withoutConsent.push([id, ...scopes, ...(rejected ? [rejected] : [])].join(' '))
      return { outcome: 'token', accessToken: 'exchanged' }
    },
    authorizations: {
      async read(id) {
        const record = records.get(id)
        return (
          record &&
          ({
            ...record,
            provider: 'google-calendar',
            displayName: 'Google Calendar',
            scopes: READ,
            expiresAt: 1,
            correlationId: 'first',
          } as PendingAuthorization)
        )
      },
      findActive: async () => active,
      async findUnchecked() {
        const found = unchecked
        if (isComparedAtOnce) unchecked = undefined
        return found
      },
      async join(id, _turn, until) {
        const status = records.get(id)?.status
        if (until === 'settled' && isSettling) return 'waiting'
        return status === 'pending' || status === 'binding' ? 'waiting' : (status ?? 'missing')
      },
    },
    connections: {
      async find() {
        const found = connection
        whenRead()
        return found
      },
      needsReauthorization: async ({ provider }) => void marked.push(provider),
    },
    accounts: {
      choose: async (user, provider, name) =>
        name === undefined && others[0]
          ? others[0]
          : name === undefined || name === connection?.account
            ? { ref: { user, provider, named: undefined }, record: connection }
            : undefined,
      namesOf: async () => undefined,
    },
    calls: { during: (_ref, call) => call(new AbortController().signal) },
    lookAgain: async (id) => void lookedAt.push(id),
    clock: () => NOW,
    asked: {
      find: async (request) => asked.get(request),
      async announce(request, event) {
        asked.set(request, event.authorizationId)
        announced.push(event.authorizationId)
      },
      accountAt: async (provider) => used.get(provider),
      async keepAccount(provider, account) {
        used.set(provider, used.get(provider) ?? account)
        return used.get(provider) ?? account
      },
    },
  }
  return {
    answers,
    requests,
    announced,
    records,
    marked,
    lookedAt,
    withoutConsent,
    signOut: () => {
      signedIn = false
    },
    run: () => accessForTurn({ waiter, turnId, userSession, user, requestId: 'the-turn' }, ports),
    /** What its user made the default, in the place of the one without a name. */
    makeDefault: (account: KnownAccount) => {
      others = [account]
    },
    activate: (id: AuthorizationId | undefined, settling = false) => {
      active = id
      isSettling = settling
    },
    bindUnchecked: (id: AuthorizationId | undefined, compared?: 'at-once') => {
      unchecked = id
      isComparedAtOnce = compared !== undefined
    },
    onRead: (then: () => void) => {
      whenRead = then
    },
    connect: (scopes: string, more: Partial<ConnectionRecord> = {}) => {
      connection = connectionRecord({ scopes, ...more })
    },
  }
}

const required = (id: AuthorizationId): AccessOutcome => ({ outcome: 'authorization-required', authorizationId: id })
const token: AccessOutcome = { outcome: 'token', accessToken: 'granted' }

describe('a tool that requests access', () => {
  test('gets the token, and within one run a second time without a call', async () => {
    const { answers, requests, run } = world()
    answers.push(token)
    const access = run()
    expect(await access.tokenFor('google-calendar', [READ])).toEqual(token)
    expect(await access.tokenFor('google-calendar', [READ])).toEqual(token)
    expect(requests).toHaveLength(1)
  })

  test('is returned without a consent at a provider that needs none, while the user is signed in', async () => {
    const { withoutConsent, requests, announced, run, signOut } = world()
    const access = run()
    const exchanged = { outcome: 'token', accessToken: 'exchanged' }
    expect(await access.tokenFor('hours', ['hours:read'])).toEqual(exchanged)
    expect(await access.tokenFor('hours', ['hours:read'], { rejected: 'rejected' })).toEqual(exchanged)
    expect(withoutConsent).toEqual(['hours hours:read', 'hours hours:read rejected'])
    signOut()
    expect(await access.tokenFor('hours', ['hours:read'])).toEqual({ outcome: 'signed-out' })
    expect([withoutConsent.length, requests.length, announced.length]).toEqual([2, 0, 0])
  })

  test('gets none after the user has signed out, not even a cached one', async () => {
    const { answers, requests, run, signOut } = world()
    answers.push(token)
    const access = run()
    expect(await access.tokenFor('google-calendar', [READ])).toEqual(token)
    signOut()
    for (const scopes of [[READ], [WRITE]])
      expect(await access.tokenFor('google-calendar', scopes)).toEqual({ outcome: 'signed-out' })
    expect(requests).toHaveLength(1)
  })

  test('requests the granted and the needed scopes, together', async () => {
    const { answers, requests, run, connect } = world()
    connect(WRITE)
    answers.push(token)
    await run().tokenFor('google-calendar', [READ])
    expect(requests[0]?.scopes).toEqual([WRITE, READ])
  })

  test('requests no unknown scope, whatever the record of the connection contains', async () => {
    const { answers, requests, run, connect } = world()
    connect(`${WRITE} https://mail.google.com/ constructor`)
    answers.push(token)
    await run().tokenFor('google-calendar', [READ])
    expect(requests[0]?.scopes).toEqual([WRITE, READ])
  })

  test('waits without a token, and the user is asked once, over any number of runs and without a call', async () => {
    const { answers, requests, announced, records, run } = world()
    records.set(authorizationId('i'), { status: 'pending' })
    answers.push(required(authorizationId('i')))
    for (let runs = 0; runs < 3; runs++)
      expect(await run().tokenFor('google-calendar', [READ])).toEqual(required(authorizationId('i')))
    expect(requests).toHaveLength(1)
    expect(announced).toEqual([authorizationId('i')])
  })

  test('joins a pending authorization of the user session, without a call', async () => {
    const { requests, announced, records, run, activate } = world()
    records.set(authorizationId('o'), { status: 'binding' })
    activate(authorizationId('o'))
    expect(await run().tokenFor('google-calendar', [READ])).toEqual(required(authorizationId('o')))
    expect([requests.length, announced]).toEqual([0, [authorizationId('o')]])
  })
})

describe('after the wait', () => {
  async function waited(status: PendingAuthorization['status'], failure?: PendingAuthorization['failure']) {
    const started = world()
    started.records.set(authorizationId('i'), { status: 'pending' })
    started.answers.push(required(authorizationId('i')))
    await started.run().tokenFor('google-calendar', [READ])
    started.records.set(authorizationId('i'), { status, failure })
    return started
  }

  test.each([
    ['failed', 'denied', 'denied'],
    ['failed', 'refused', 'failed'],
    ['cancelled', undefined, 'cancelled'],
    ['expired', undefined, 'expired'],
  ] as const)('%s %s: declined as %s, and the user is not asked again', async (status, failure, code) => {
    const { requests, run } = await waited(status, failure)
    expect(await run().tokenFor('google-calendar', [READ])).toEqual({ outcome: 'declined', code })
    expect(requests).toHaveLength(1)
  })

  test('bound: the token, from AgentCore', async () => {
    const { answers, requests, run } = await waited('bound')
    answers.push(token)
    expect(await run().tokenFor('google-calendar', [READ])).toEqual(token)
    expect(requests[1]?.forceAuthentication).toBe(false)
    // For the audit trail: the request, and the authorization after which the token was obtained.
    expect(requests.map(({ requestId, after }) => [requestId, after])).toEqual([
      ['the-turn', undefined],
      ['the-turn', { authorizationId: authorizationId('i'), correlationId: 'first' }],
    ])
  })

  test('bound, but AgentCore has no token: declined, instead of endless questions', async () => {
    const { answers, records, run } = await waited('bound')
    records.set(authorizationId('j'), { status: 'pending' })
    answers.push(required(authorizationId('j')))
    expect(await run().tokenFor('google-calendar', [READ])).toEqual({ outcome: 'declined', code: 'failed' })
  })

  test.each([['unconfirmed'], ['failed']] as const)(
    '%s, without a denial: the user is asked once more',
    async (status) => {
      const { answers, announced, records, run } = await waited(status)
      records.set(authorizationId('j'), { status: 'pending' })
      answers.push(required(authorizationId('j')))
      expect(await run().tokenFor('google-calendar', [READ])).toEqual(required(authorizationId('j')))
      expect(announced).toEqual([authorizationId('i'), authorizationId('j')])
    },
  )
})

test('a token that the vendor rejected starts over at the authorization server, once per turn', async () => {
  const { answers, requests, records, marked, run } = world()
  answers.push(token, required(authorizationId('r')))
  records.set(authorizationId('r'), { status: 'pending' })
  const access = run()
  await access.tokenFor('google-calendar', [READ])
  expect(await access.tokenFor('google-calendar', [READ], { rejected: 'rejected' })).toEqual(
    required(authorizationId('r')),
  )
  expect(requests.map(({ forceAuthentication }) => forceAuthentication)).toEqual([false, true])
  expect(marked).toEqual(['google-calendar'])

  records.set(authorizationId('r'), { status: 'bound' })
  answers.push({ outcome: 'token', accessToken: 'fresh' })
  const resumed = run()
  expect(await resumed.tokenFor('google-calendar', [READ], { rejected: 'rejected' })).toEqual({
    outcome: 'token',
    accessToken: 'fresh',
  })
  expect(requests.at(-1)?.forceAuthentication).toBe(false)
})

test('a token that the vendor rejected: nothing starts over while another consent for the same is being settled', async () => {
  const { answers, requests, records, activate, run } = world()
  answers.push(token)
  const access = run()
  await access.tokenFor('google-calendar', [READ])
  records.set(authorizationId('o'), { status: 'bound' })
  activate(authorizationId('o'), true)
  expect(await access.tokenFor('google-calendar', [READ], { rejected: 'rejected' })).toEqual(
    required(authorizationId('o')),
  )
  expect(requests).toHaveLength(1)
})

test.each([
  [{ outcome: 'unavailable' }, { outcome: 'unavailable' }],
  [{ outcome: 'signed-out' }, { outcome: 'signed-out' }],
  [{ outcome: 'not-offered' }, { outcome: 'not-offered' }],
  [{ outcome: 'too-many' }, { outcome: 'declined', code: 'failed' }],
] as const)('AgentCore or the session store answer %j: the tool gets %j', async (answer, heard) => {
  const { answers, run } = world()
  answers.push(answer)
  expect(await run().tokenFor('google-calendar', [READ])).toEqual(heard)
})

test('a connection that needs a new consent has the status needs_reauthorization, also without one', async () => {
  const { answers, connect, marked, records, run } = world()
  records.set(authorizationId('i'), { status: 'pending' })
  connect(READ)
  answers.push(required(authorizationId('i')))
  await run().tokenFor('google-calendar', [READ])
  expect(marked).toEqual(['google-calendar'])
})

test('a step-up does not change the status of the connection', async () => {
  const { answers, connect, marked, records, run } = world()
  records.set(authorizationId('i'), { status: 'pending' })
  connect(READ)
  answers.push(required(authorizationId('i')))
  await run().tokenFor('google-calendar', [WRITE])
  expect(marked).toEqual([])
})

test('after three calls without an answer a run does not call AgentCore again; the next run does', async () => {
  const { answers, requests, run } = world()
  answers.push({ outcome: 'unavailable' }, { outcome: 'unavailable' }, { outcome: 'unavailable' }, token)
  const access = run()
  for (let time = 0; time < 5; time++)
    expect(await access.tokenFor('google-calendar', [READ])).toEqual({ outcome: 'unavailable' })
  expect(requests).toHaveLength(3)
  expect(await run().tokenFor('google-calendar', [READ])).toEqual(token)
})

test.each([
  ['pending', required(authorizationId('r'))],
  ['cancelled', { outcome: 'declined', code: 'cancelled' }],
] as const)(
  'a fresh start that is %s: the tool that runs again from its start requests nothing else',
  async (status, heard) => {
    const { answers, announced, records, requests, run } = world()
    records.set(authorizationId('r'), { status: 'pending' })
    answers.push(token, required(authorizationId('r')))
    const access = run()
    await access.tokenFor('google-calendar', [READ])
    await access.tokenFor('google-calendar', [READ], { rejected: 'rejected' })
    records.set(authorizationId('r'), { status })
    expect(await run().tokenFor('google-calendar', [READ])).toEqual(heard)
    expect([requests.length, announced.length]).toEqual([2, 1])
  },
)

describe('a token that may be of a consent whose account was not compared yet', () => {
  const unchecked = authorizationId('u')
  const elsewhere = `${'z'.repeat(22)}.${'u'.repeat(22)}` as AuthorizationId

  test('is not used: the turn waits for the comparison, and takes the token after it', async () => {
    const { answers, requests, announced, records, run, activate, bindUnchecked } = world()
    records.set(unchecked, { status: 'bound' })
    activate(undefined, true)
    bindUnchecked(unchecked)
    answers.push(token, token)
    const access = run()
    expect(await access.tokenFor('google-calendar', [READ])).toEqual(required(unchecked))
    expect(announced).toEqual([unchecked])
    activate(undefined)
    bindUnchecked(undefined)
    // Nothing of the first was kept.
    expect(await access.tokenFor('google-calendar', [READ])).toEqual(token)
    expect(requests).toHaveLength(2)
  })

  test.each([
    ['of another user session, which this turn cannot wait for', elsewhere, true],
    ['that is compared at this moment', unchecked, false],
  ])('is not used either when the consent is one %s', async (_which, id, isSettling) => {
    const { answers, announced, records, run, activate, bindUnchecked } = world()
    records.set(id, { status: 'bound' })
    activate(undefined, isSettling)
    bindUnchecked(id)
    answers.push(token)
    expect(await run().tokenFor('google-calendar', [READ])).toEqual({ outcome: 'unavailable' })
    expect(announced).toEqual([])
  })

  test('is used when the account was compared while the tool looked', async () => {
    const { answers, announced, records, run, activate, bindUnchecked } = world()
    records.set(unchecked, { status: 'bound' })
    activate(undefined, false)
    bindUnchecked(unchecked, 'at-once')
    answers.push(token)
    expect(await run().tokenFor('google-calendar', [READ])).toEqual(token)
    expect(announced).toEqual([])
  })

  test('is not used, too, when it comes in the place of a consent that was settled meanwhile', async () => {
    const { answers, records, requests, run, bindUnchecked } = world()
    records.set(authorizationId('o'), { status: 'bound' })
    bindUnchecked(elsewhere)
    answers.push(required(authorizationId('o')), token)
    expect(await run().tokenFor('google-calendar', [READ])).toEqual({ outcome: 'unavailable' })
    expect(requests).toHaveLength(2)
  })
})

describe('while another account came than the one that was asked for, a tool', () => {
  const bound = authorizationId('b')
  const undecided = { status: 'wrong_account', generation: 1, account: 'alice', came: 'bob' } as const

  test('waits for its user to say so, and requests no token', async () => {
    const { requests, lookedAt, records, run, connect, activate } = world()
    records.set(bound, { status: 'bound' })
    activate(undefined, true)
    connect(READ, { ...undecided, boundBy: bound, heldUntil: NOW + 1 })
    expect(await run().tokenFor('google-calendar', [READ])).toEqual(required(bound))
    expect([requests, lookedAt]).toEqual([[], [bound]])
  })

  test('that waited, and whose user has not answered in time, is declined and asks for nothing', async () => {
    const { requests, records, run, connect, activate } = world()
    records.set(bound, { status: 'bound' })
    activate(undefined, true)
    connect(READ, { ...undecided, boundBy: bound, heldUntil: NOW + 1 })
    await run().tokenFor('google-calendar', [READ])
    connect(READ, { ...undecided, boundBy: bound, heldUntil: NOW })
    expect(await run().tokenFor('google-calendar', [READ])).toEqual({ outcome: 'declined', code: 'wrong_account' })
    expect(requests).toEqual([])
  })

  test('of a later turn asks for a new consent, and takes nothing that the vault has', async () => {
    const { answers, requests, records, run, connect } = world()
    connect(READ, { ...undecided, boundBy: bound, heldUntil: NOW })
    records.set(authorizationId('n'), { status: 'pending' })
    answers.push(required(authorizationId('n')))
    expect(await run().tokenFor('google-calendar', [READ])).toEqual(required(authorizationId('n')))
    expect(requests).toMatchObject([{ forceAuthentication: true, generation: 1 }])
  })
})

test('the account of another user, or of another provider, gets nothing', async () => {
  const { requests, run, connect } = world()
  connect(READ)
  const own = { user, provider: 'google-calendar', named: undefined } as const
  for (const connection of [
    { ...own, user: 'b'.repeat(22) as UserRef },
    { ...own, provider: 'github' as const },
  ])
    expect(await run().tokenFor('google-calendar', [READ], { connection })).toEqual({ outcome: 'unknown-account' })
  expect(requests).toEqual([])
})

describe('after its user has left a scope out, a tool', () => {
  const BOTH = `${WRITE} ${READ}`
  const LEFT_OUT = { outcome: 'missing-scopes', missing: ['Change'] }

  test('that needs only what was granted gets the token, by what was asked for', async () => {
    const { answers, requests, connect, run } = world()
    connect(BOTH, { granted: READ })
    answers.push(token)
    expect(await run().tokenFor('google-calendar', [READ])).toEqual(token)
    expect(requests).toMatchObject([{ scopes: [WRITE, READ], forceAuthentication: false }])
  })

  test('asks for the rest in a consent that starts over; left out again, it says so and asks no more', async () => {
    const { answers, requests, announced, marked, records, connect, run } = world()
    connect(BOTH, { granted: READ })
    records.set(authorizationId('r'), { status: 'pending' })
    answers.push(required(authorizationId('r')))
    for (let runs = 0; runs < 2; runs++)
      expect(await run().tokenFor('google-calendar', [WRITE])).toEqual(required(authorizationId('r')))
    expect(requests).toMatchObject([{ scopes: [WRITE, READ], forceAuthentication: true }])
    records.set(authorizationId('r'), { status: 'bound' })
    for (let runs = 0; runs < 2; runs++) expect(await run().tokenFor('google-calendar', [WRITE])).toEqual(LEFT_OUT)
    // What was granted may be used still.
    expect([requests.length, announced.length, marked]).toEqual([1, 1, []])
  })

  test('in the first consent of the turn, asks once more, and takes the token when it is granted then', async () => {
    const { answers, requests, records, connect, run } = world()
    connect(READ)
    for (const letter of ['a', 'b']) records.set(authorizationId(letter), { status: 'pending' })
    answers.push(required(authorizationId('a')), required(authorizationId('b')))
    expect(await run().tokenFor('google-calendar', [WRITE])).toEqual(required(authorizationId('a')))
    records.set(authorizationId('a'), { status: 'bound' })
    connect(BOTH, { granted: READ })
    expect(await run().tokenFor('google-calendar', [WRITE])).toEqual(required(authorizationId('b')))
    records.set(authorizationId('b'), { status: 'bound' })
    expect(await run().tokenFor('google-calendar', [WRITE])).toEqual(LEFT_OUT)
    connect(BOTH, { granted: WRITE })
    answers.push(token)
    // Here `granted` lacks reading, which this call does not need.
    expect(await run().tokenFor('google-calendar', [WRITE])).toEqual(token)
    expect(requests.map(({ forceAuthentication }) => forceAuthentication)).toEqual([false, true, false])
  })

  test('does not start over at what another consent has granted in the meantime', async () => {
    const { answers, requests, connect, onRead, run } = world()
    connect(BOTH, { granted: READ })
    onRead(() => connect(BOTH, { granted: BOTH }))
    answers.push(token)
    expect(await run().tokenFor('google-calendar', [WRITE])).toEqual(token)
    expect(requests).toMatchObject([{ forceAuthentication: false }])
  })

  test('does not ask again for what the vendor refuses although it was granted', async () => {
    const { answers, requests, marked, connect, run } = world()
    connect(BOTH, { granted: BOTH })
    answers.push(token)
    const access = run()
    await access.tokenFor('google-calendar', [WRITE])
    const refused = { outcome: 'missing-scopes', missing: [] }
    expect(await access.tokenFor('google-calendar', [WRITE], { rejected: 'scope-missing' })).toEqual(refused)
    expect([requests.length, marked]).toEqual([1, []])
  })
})

describe('after its user has disconnected, a tool', () => {
  const before = { generation: 1, disconnectedAt: 5, ended: [{ scopes: READ }] }

  test.each(['disconnecting', 'disconnected'] as const)(
    'asks again, with a card that says so, and takes nothing that the vault has (%s)',
    async (status) => {
      const { answers, requests, announced, records, connect, run } = world()
      connect('', { ...before, status })
      answers.push(required(authorizationId('n')))
      records.set(authorizationId('n'), { status: 'pending' })
      expect(await run().tokenFor('google-calendar', [READ])).toEqual(required(authorizationId('n')))
      expect(requests).toMatchObject([{ scopes: [READ], forceAuthentication: true, generation: 1, disconnectedAt: 5 }])
      expect(announced).toEqual([authorizationId('n')])
    },
  )

  test('starts over at an entry of the vault that was bound before, even when another one is connected again', async () => {
    const { answers, requests, connect, run } = world()
    connect(`${WRITE} ${READ}`, { generation: 1, ended: [{ scopes: READ }] })
    answers.push(token, token)
    await run().tokenFor('google-calendar', [READ])
    expect(requests).toMatchObject([{ forceAuthentication: false }])
    connect('', { generation: 1, ended: [{ scopes: READ }] })
    await run().tokenFor('google-calendar', [READ])
    expect(requests[1]).toMatchObject({ scopes: [READ], forceAuthentication: true })
  })

  test('takes it for an answer when they were being asked by this turn', async () => {
    const { answers, requests, records, connect, run } = world()
    answers.push(required(authorizationId('c')))
    records.set(authorizationId('c'), { status: 'pending' })
    await run().tokenFor('google-calendar', [READ])
    records.set(authorizationId('c'), { status: 'cancelled' })
    connect('', { ...before, status: 'disconnected' })
    expect(await run().tokenFor('google-calendar', [READ])).toEqual({ outcome: 'declined', code: 'cancelled' })
    expect(requests).toHaveLength(1)
  })

  test('takes it for an answer, too, when another account had come, and the turn waited for them to say whether it may be used', async () => {
    const { answers, requests, records, connect, run } = world()
    answers.push(required(authorizationId('c')))
    records.set(authorizationId('c'), { status: 'pending' })
    await run().tokenFor('google-calendar', [READ])
    records.set(authorizationId('c'), { status: 'bound' })
    connect('', { ...before, generation: 2, status: 'disconnected' })
    expect(await run().tokenFor('google-calendar', [READ])).toEqual({ outcome: 'declined', code: 'cancelled' })
    expect(requests).toHaveLength(1)
  })

  test('takes it for an answer, too, when they were being asked for more than they had granted', async () => {
    const { answers, requests, records, connect, run } = world()
    connect(WRITE)
    answers.push(required(authorizationId('c')))
    records.set(authorizationId('c'), { status: 'pending' })
    await run().tokenFor('google-calendar', [READ])
    records.set(authorizationId('c'), { status: 'cancelled' })
    connect('', { ...before, status: 'disconnected', ended: [{ scopes: WRITE }, { scopes: `${WRITE} ${READ}` }] })
    expect(await run().tokenFor('google-calendar', [READ])).toEqual({ outcome: 'declined', code: 'cancelled' })
    expect(requests).toHaveLength(1)
  })

  test.each(['bound', 'unconfirmed'] as const)(
    'starts over at nothing that the user has consented to again, but waits until it is settled (%s)',
    async (status) => {
      const { answers, requests, announced, records, connect, activate, run } = world()
      connect('', { ...before, status: 'disconnected' })
      records.set(authorizationId('n'), { status })
      activate(authorizationId('n'), true)
      const first = await run().tokenFor('google-calendar', [READ])
      // Also when it is the turn's own, and the turn runs again before it is settled.
      const second = await run().tokenFor('google-calendar', [READ])
      const required = { outcome: 'authorization-required', authorizationId: authorizationId('n') }
      expect([first, second, requests, [...new Set(announced)]]).toEqual([
        required,
        required,
        [],
        [authorizationId('n')],
      ])

      records.set(authorizationId('n'), { status: 'bound' })
      connect(READ, { generation: 1 })
      activate(undefined)
      answers.push(token)
      expect(await run().tokenFor('google-calendar', [READ])).toEqual(token)
      expect(requests).toMatchObject([{ forceAuthentication: false }])
    },
  )

  test('does not start over when it was connected after it was read', async () => {
    const { answers, requests, connect, onRead, run } = world()
    connect('', { ...before, status: 'disconnected' })
    onRead(() => connect(READ, { generation: 1 }))
    answers.push(token)
    expect(await run().tokenFor('google-calendar', [READ])).toEqual(token)
    expect(requests).toMatchObject([{ forceAuthentication: false }])
  })
})

describe('which account a turn uses', () => {
  const other = (): KnownAccount => {
    const named = ConnectionId.parse('b'.repeat(11))
    return {
      ref: { user, provider: 'google-calendar', named },
      record: connectionRecord({ id: named, account: 'bob' }),
    }
  }

  test('stays the same when another one has become the default, also in its next runs', async () => {
    const { run, connect, makeDefault } = world()
    connect(READ, { account: 'alice' })
    const first = await run().connectionFor('google-calendar')
    expect(first).toMatchObject({ ref: { named: undefined }, name: 'alice' })
    connect(READ, { account: 'alice', status: 'disconnected' })
    makeDefault(other())
    expect(await run().connectionFor('google-calendar')).toEqual(first)
  })

  test('is open until there is one', async () => {
    const { run, makeDefault } = world()
    expect(await run().connectionFor('google-calendar')).toMatchObject({ ref: { named: undefined } })
    makeDefault(other())
    expect(await run().connectionFor('google-calendar')).toMatchObject({ ref: other().ref })
  })
})
