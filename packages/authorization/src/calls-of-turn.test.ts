import { ConnectionId, type UserRef } from '@agent-identity/contracts'
import { DisconnectedError } from '@agent-identity/service-runtime'
import { describe, expect, test } from '@jest/globals'
import { connectionRecord } from './test-support/connection.ts'
import { authorizationId, NOW, READ, required, token, user, world } from './test-support/turn-access.ts'

const CALENDAR = 'google-calendar'
const granted = { provider: CALENDAR, accessToken: 'granted', does: 'listed events' }

describe('a call to the vendor', () => {
  test('is made for the connection whose token it has, and only while that is in the generation that the token was asked for in', async () => {
    const { answers, called, connect, run } = world()
    connect(READ, { generation: 2, account: 'alice' })
    answers.push(token)
    const access = run()
    await access.tokenFor(CALENDAR, [READ])
    expect(await access.whileConnected(granted, async () => 'called')).toBe('called')

    expect(called).toMatchObject([{ ref: { user, provider: CALENDAR, named: undefined }, does: 'listed events' }])
    const allow = called[0]?.allow ?? (() => undefined)
    expect(allow(connectionRecord({ generation: 2 }))).toBe(true)
    for (const now of [{ generation: 3 }, { generation: 2, status: 'disconnecting' as const }])
      expect(allow(connectionRecord(now))).toBe(false)
  })

  test('is not made without a record of the connection, nor after that was ended', async () => {
    const { answers, called, connect, run } = world()
    connect(READ)
    answers.push(token)
    const access = run()
    await access.tokenFor(CALENDAR, [READ])
    await access.whileConnected(granted, async () => 'called')
    const allow = called[0]?.allow
    for (const record of [undefined, connectionRecord({ generation: 1 })]) expect(allow?.(record)).toBe(false)
  })

  test.each([
    ['a token that this run did not get', { ...granted, accessToken: 'of another run' }],
    ['another provider’s token', { ...granted, provider: 'github' as const }],
    ['a provider that is not offered', { ...granted, provider: 'unknown' as const }],
  ])('is not made with %s', async (_what, wanted) => {
    const { answers, called, connect, run } = world()
    connect(READ)
    answers.push(token)
    const access = run()
    await access.tokenFor(CALENDAR, [READ])
    let calls = 0
    await expect(access.whileConnected(wanted, async () => calls++)).rejects.toThrow(DisconnectedError)
    expect([calls, called]).toEqual([0, []])
  })

  test('is made without a connection at a provider that needs no consent', async () => {
    const { called, run } = world()
    const own = { provider: 'hours' as const, accessToken: 'exchanged', does: 'listed hours' }
    expect(await run().whileConnected(own, async ({ aborted }) => aborted)).toBe(false)
    expect(called).toEqual([])
  })
})

describe('the accounts that a model may name', () => {
  test('are those of this provider, where its users consent', async () => {
    expect(await world().run().accountsAt(CALENDAR)).toEqual({ names: [`alice at ${CALENDAR}`, 'bob'] })
  })

  test.each(['hours', 'unknown'] as const)('are none at %s, and none is chosen', async (provider) => {
    const access = world().run()
    expect([await access.accountsAt(provider), await access.connectionFor(provider, 'alice')]).toEqual([
      undefined,
      undefined,
    ])
  })

  test('are chosen by a name that the user has, and by no other', async () => {
    const { connect, run } = world()
    connect(READ, { account: 'alice' })
    const access = run()
    expect(await access.connectionFor(CALENDAR, 'alice')).toMatchObject({ ref: { provider: CALENDAR }, name: 'alice' })
    expect(await access.connectionFor(CALENDAR, 'mallory')).toBe('unknown')
  })
})

test('a named account that its user has is asked for by its id, and waits under its own name', async () => {
  const { answers, requests, records, connect, run } = world()
  const named = ConnectionId.parse('b'.repeat(11))
  connect(READ, { account: 'bob' })
  records.set(authorizationId('i'), { status: 'pending' })
  answers.push(required(authorizationId('i')), token)
  const connection = { user, provider: CALENDAR, named }
  expect(await run().tokenFor(CALENDAR, [READ], { connection })).toEqual(required(authorizationId('i')))
  expect(await run().tokenFor(CALENDAR, [READ])).toEqual(token)
  expect(requests.map((request) => request.named)).toEqual([named, undefined])
})

describe('a consent that is settled between two looks at it', () => {
  test('is asked for again, while another account waits for its user: nothing tells this turn what they decide', async () => {
    const { answers, requests, records, lookedAt, connect, run } = world()
    records.set(authorizationId('b'), { status: 'bound' })
    records.set(authorizationId('i'), { status: 'pending' })
    answers.push(required(authorizationId('i')))
    connect(READ, { status: 'wrong_account', generation: 1, boundBy: authorizationId('b'), heldUntil: NOW + 1 })
    expect(await run().tokenFor(CALENDAR, [READ])).toEqual(required(authorizationId('i')))
    expect([requests, lookedAt]).toMatchObject([[{ forceAuthentication: true }], []])
  })

  test('is not started over once more', async () => {
    const { answers, requests, records, connect, run } = world()
    connect('', { status: 'disconnected', generation: 1, ended: [{ scopes: READ }] })
    records.set(authorizationId('n'), { status: 'bound' })
    answers.push(required(authorizationId('n')), token)
    expect(await run().tokenFor(CALENDAR, [READ])).toEqual({ outcome: 'unavailable' })
    expect(requests).toHaveLength(1)
  })

  test('gives no token when AgentCore has none for it', async () => {
    const { answers, requests, records, connect, run } = world()
    connect(READ)
    records.set(authorizationId('o'), { status: 'bound' })
    answers.push(required(authorizationId('o')), required(authorizationId('p')))
    expect(await run().tokenFor(CALENDAR, [READ])).toEqual({ outcome: 'unavailable' })
    expect(requests.map(({ forceAuthentication }) => forceAuthentication)).toEqual([false, undefined])
  })
})

describe('no token and no request', () => {
  test('at a provider that is not offered', async () => {
    const { requests, run } = world()
    expect(await run().tokenFor('unknown', [READ])).toEqual({ outcome: 'not-offered' })
    expect(requests).toEqual([])
  })

  test.each([
    ['a named account that its user does not have any more', { user, provider: CALENDAR }],
    ['another user’s named account', { user: 'b'.repeat(22) as UserRef, provider: CALENDAR }],
  ] as const)('for %s', async (_which, of) => {
    const { requests, run } = world()
    const connection = { ...of, named: ConnectionId.parse('b'.repeat(11)) }
    expect(await run().tokenFor(CALENDAR, [READ], { connection })).toEqual({ outcome: 'unknown-account' })
    expect(requests).toEqual([])
  })
})
