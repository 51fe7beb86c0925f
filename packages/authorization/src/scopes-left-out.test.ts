import { describe, expect, test } from '@jest/globals'
import { authorizationId, READ, required, token, WRITE, world } from './test-support/turn-access.ts'

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
    expect([requests.length, announced.length, marked]).toEqual([1, 1, []])
  })

  test('waits for the consent for the rest until it is settled, before it says what was left out', async () => {
    const { answers, requests, records, activate, connect, run } = world()
    connect(BOTH, { granted: READ })
    records.set(authorizationId('r'), { status: 'pending' })
    answers.push(required(authorizationId('r')), token)
    await run().tokenFor('google-calendar', [WRITE])
    records.set(authorizationId('r'), { status: 'bound' })
    activate(authorizationId('r'), true)
    expect(await run().tokenFor('google-calendar', [WRITE])).toEqual(required(authorizationId('r')))
    connect(BOTH, { granted: BOTH })
    activate(undefined)
    expect(await run().tokenFor('google-calendar', [WRITE])).toEqual(token)
    expect(requests.map(({ forceAuthentication }) => forceAuthentication)).toEqual([true, false])
  })

  test.each([
    ['with what it needs, takes the token', { granted: BOTH }, token],
    ['with less, says so', { granted: READ }, LEFT_OUT],
    [
      'with another account, is declined',
      { status: 'wrong_account', generation: 1, boundBy: authorizationId('r') },
      { outcome: 'declined', code: 'wrong_account' },
    ],
  ] as const)('whose consent for the rest is settled meanwhile, %s', async (_how, settled, heard) => {
    const { answers, announced, records, connect, onRead, run } = world()
    connect(BOTH, { granted: READ })
    records.set(authorizationId('r'), { status: 'pending' })
    answers.push(required(authorizationId('r')), token)
    await run().tokenFor('google-calendar', [WRITE])
    records.set(authorizationId('r'), { status: 'bound' })
    // The run reads the connection for the turn's account, then for the scopes.
    let reads = 0
    onRead(() => void (++reads === 2 && connect(BOTH, settled)))
    expect(await run().tokenFor('google-calendar', [WRITE])).toEqual(heard)
    expect(announced).toEqual([authorizationId('r')])
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
    // `READ` is left out now, and this call does not need it.
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

  test('asks for a consent when the vendor refuses a scope to a token whose connection has no record', async () => {
    const { answers, requests, records, run } = world()
    records.set(authorizationId('r'), { status: 'pending' })
    answers.push(required(authorizationId('r')))
    const refused = { rejected: 'scope-missing' } as const
    expect(await run().tokenFor('google-calendar', [READ], refused)).toEqual(required(authorizationId('r')))
    expect(requests).toMatchObject([{ scopes: [READ], forceAuthentication: true }])
  })

  test.each([
    ['does not say what it granted', {}],
    ['granted less than the call needs', { granted: READ }],
  ])('asks for a new consent when the vendor refuses a scope, and %s', async (_what, granted) => {
    const { answers, requests, marked, records, connect, run } = world()
    connect(BOTH, granted)
    records.set(authorizationId('r'), { status: 'pending' })
    answers.push(required(authorizationId('r')))
    const refused = { rejected: 'scope-missing' } as const
    expect(await run().tokenFor('google-calendar', [WRITE], refused)).toEqual(required(authorizationId('r')))
    expect(requests).toMatchObject([{ scopes: [WRITE, READ], forceAuthentication: true }])
    expect(marked).toEqual(['google-calendar'])
  })

  test('asks for the rest again while the outcome of the consent for it is not known', async () => {
    const { answers, requests, records, connect, run } = world()
    connect(BOTH, { granted: READ })
    for (const letter of ['r', 'n']) records.set(authorizationId(letter), { status: 'pending' })
    answers.push(required(authorizationId('r')), required(authorizationId('n')))
    await run().tokenFor('google-calendar', [WRITE])
    records.set(authorizationId('r'), { status: 'unconfirmed' })
    expect(await run().tokenFor('google-calendar', [WRITE])).toEqual(required(authorizationId('n')))
    expect(requests.map(({ forceAuthentication }) => forceAuthentication)).toEqual([true, true])
  })
})
