import type { AuthorizationId, PendingAuthorization } from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import { authorizationId, READ, required, token, WRITE, world } from './test-support/turn-access.ts'

describe('a tool that requests access', () => {
  test('gets the token, and within one run a second time without a call', async () => {
    const { answers, requests, run, connect } = world()
    connect(READ)
    answers.push(token)
    const access = run()
    expect(await access.tokenFor('google-calendar', [READ])).toEqual(token)
    expect(await access.tokenFor('google-calendar', [READ])).toEqual(token)
    expect(requests).toHaveLength(1)
  })

  test('gets a token without a consent at a provider that needs none, while the user is signed in', async () => {
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
    const { answers, requests, run, signOut, connect } = world()
    connect(READ)
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

  test('waits without a token, and the user is asked once, in any number of runs and with one call', async () => {
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
    const { answers, requests, connect, run } = await waited('bound')
    connect(READ)
    answers.push(token)
    expect(await run().tokenFor('google-calendar', [READ])).toEqual(token)
    expect(requests.map(({ forceAuthentication }) => forceAuthentication)).toEqual([true, false])
    expect(requests.map(({ requestId, after }) => [requestId, after])).toEqual([
      ['the-turn', undefined],
      ['the-turn', { authorizationId: authorizationId('i'), correlationId: 'first' }],
    ])
  })

  test('bound, but AgentCore has no token: declined, instead of endless questions', async () => {
    const { answers, records, connect, run } = await waited('bound')
    connect(READ)
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

test.each([
  [{ outcome: 'unavailable' }, { outcome: 'unavailable' }],
  [{ outcome: 'signed-out' }, { outcome: 'signed-out' }],
  [{ outcome: 'not-offered' }, { outcome: 'not-offered' }],
  [{ outcome: 'too-many' }, { outcome: 'declined', code: 'failed' }],
] as const)('the request for access comes to %j: the tool gets %j', async (answer, heard) => {
  const { answers, run } = world()
  answers.push(answer)
  expect(await run().tokenFor('google-calendar', [READ])).toEqual(heard)
})

describe('without a record of the connection', () => {
  test('a consent is asked for, and nothing of the vault is used', async () => {
    const { answers, requests, announced, records, run } = world()
    records.set(authorizationId('i'), { status: 'pending' })
    answers.push(required(authorizationId('i')))
    expect(await run().tokenFor('google-calendar', [READ])).toEqual(required(authorizationId('i')))
    expect(requests).toMatchObject([{ scopes: [READ], generation: 0, forceAuthentication: true }])
    expect(announced).toEqual([authorizationId('i')])
  })

  test('also where a consent of this turn was bound, and its account was never compared: its user is not asked again and again', async () => {
    const { answers, requests, records, run } = world()
    for (const letter of ['i', 'j']) records.set(authorizationId(letter), { status: 'pending' })
    answers.push(required(authorizationId('i')), required(authorizationId('j')))
    await run().tokenFor('google-calendar', [READ])
    records.set(authorizationId('i'), { status: 'bound' })
    expect(await run().tokenFor('google-calendar', [READ])).toEqual({ outcome: 'declined', code: 'failed' })
    expect(requests.map(({ forceAuthentication }) => forceAuthentication)).toEqual([true, true])
  })

  test('a token of a consent of another user session, which is not compared yet, is not cleared', async () => {
    const { requests, bindUnchecked, run } = world()
    bindUnchecked(`${'z'.repeat(22)}.${'u'.repeat(22)}` as AuthorizationId)
    expect(await run().tokenFor('google-calendar', [READ])).toEqual({ outcome: 'unavailable' })
    expect(requests).toEqual([])
  })
})

test('a connection whose token the vault has lost gets the status needs_reauthorization, before its user consents again', async () => {
  const { answers, connect, marked, records, run } = world()
  records.set(authorizationId('i'), { status: 'pending' })
  connect(READ)
  answers.push(required(authorizationId('i')))
  await run().tokenFor('google-calendar', [READ])
  expect(marked).toEqual(['google-calendar'])
})

test('the status of a connection that needs a new consent already is not written again', async () => {
  const { answers, connect, marked, records, run } = world()
  records.set(authorizationId('i'), { status: 'pending' })
  connect(READ, { status: 'needs_reauthorization' })
  answers.push(required(authorizationId('i')))
  await run().tokenFor('google-calendar', [READ])
  expect(marked).toEqual([])
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
  const { answers, requests, run, connect } = world()
  connect(READ)
  answers.push({ outcome: 'unavailable' }, { outcome: 'unavailable' }, { outcome: 'unavailable' }, token)
  const access = run()
  for (let time = 0; time < 5; time++)
    expect(await access.tokenFor('google-calendar', [READ])).toEqual({ outcome: 'unavailable' })
  expect(requests).toHaveLength(3)
  expect(await run().tokenFor('google-calendar', [READ])).toEqual(token)
})

test('calls that AgentCore has answered do not count for that', async () => {
  const { answers, requests, run, connect } = world()
  connect(READ)
  const answered = [{ outcome: 'not-offered' }, { outcome: 'signed-out' }, { outcome: 'not-offered' }] as const
  answers.push(...answered, { outcome: 'unavailable' }, token)
  const access = run()
  for (const heard of [...answered, { outcome: 'unavailable' }, token])
    expect(await access.tokenFor('google-calendar', [READ])).toEqual(heard)
  expect(requests).toHaveLength(5)
})
