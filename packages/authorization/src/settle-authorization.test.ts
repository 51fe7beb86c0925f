import type { TurnEvent } from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import { id, NOW, record, settling, strangersWaiter, waiters } from './test-support/settling.ts'

const resumed = waiters.map((waiter) => `resume ${waiter}`)

describe('a notification', () => {
  test.each([
    ['pending', { status: 'pending' }, { later: record.expiresAt }],
    ['binding', { status: 'binding', bindingEndsAt: NOW + 1 }, { later: NOW + 1 }],
  ] as const)('that arrives while it is %s does nothing', async (_name, changes, result) => {
    const { done, told, settle } = settling(changes)
    expect(await settle()).toEqual(result)
    expect([done, told]).toEqual([[], []])
  })

  test('about a missing record does nothing', async () => {
    const { done, told, settle } = settling(undefined)
    expect(await settle()).toBe('settled')
    expect([done, told]).toEqual([['over'], []])
  })
})

describe('a pending authorization that its user no longer wants', () => {
  const pending = { status: 'pending' } as const
  const token = { outcome: 'token', accessToken: 'granted' } as const

  test('is cancelled when all that waits for it was called off; a stranger’s waiter does not count', async () => {
    const { done, told, said, stored, settle } = settling(pending, token, waiters)
    expect(await settle()).toBe('settled')
    expect(stored()).toMatchObject({ status: 'cancelled' })
    expect(told).toEqual(
      waiters.map(() => ({ event: 'authorization_failed', data: { authorizationId: id, code: 'cancelled' } })),
    )
    expect(said.map(({ event }) => event)).toEqual(['cancelled'])
    expect(done).not.toContain('ask AgentCore')
  })

  test.each([
    ['one of two', waiters.slice(0, 1)],
    ['nothing', []],
    ['a stranger’s waiter alone', [strangersWaiter]],
  ])('stays pending when %s was called off', async (_what, calledOff) => {
    const { stored, settle } = settling(pending, token, calledOff)
    expect(await settle()).toEqual({ later: record.expiresAt })
    expect(stored()).toMatchObject(pending)
  })
})

test('bound: AgentCore and the vendor are called, the connection is stored, every waiter gets the outcome, then resumes', async () => {
  const { done, told, settle } = settling({})
  expect(await settle()).toBe('settled')
  expect(done).toEqual(['ask AgentCore', 'connect github read:user repo', 'release', ...resumed, 'over'])
  expect(told).toEqual(
    waiters.map(() => ({ event: 'authorization_completed', data: { authorizationId: id, account: 'alice' } })),
  )
})

test('bound, and AgentCore has no token: there is no connection, whatever the record contains', async () => {
  const { done, told, settle } = settling({}, { outcome: 'none' })
  expect(await settle()).toBe('settled')
  expect(done).toEqual(['ask AgentCore', 'release', ...resumed, 'over'])
  expect(told).toEqual(
    waiters.map(() => ({ event: 'authorization_failed', data: { authorizationId: id, code: 'failed' } })),
  )
})

test('bound, and AgentCore does not answer: it is called again, and no waiter gets an outcome yet', async () => {
  const { done, told, settle } = settling({ bindingEndsAt: NOW + 15_000 }, { outcome: 'unavailable' })
  expect(await settle()).toEqual({ later: NOW + 3_000 })
  expect([done, told]).toEqual([['ask AgentCore', 'check again in 3000'], []])
})

describe('unconfirmed', () => {
  const unconfirmed = { status: 'unconfirmed', bindingEndsAt: NOW + 15_000 } as const
  const token = { outcome: 'token', accessToken: 'granted' } as const
  const completed = waiters.map(() => 'authorization_completed')
  const failed = waiters.map(() => 'authorization_failed')
  const names = (told: readonly TurnEvent[]) => told.map(({ event }) => event)

  test('and AgentCore has a token: it was bound, which a repeated return shows', async () => {
    const { stored, told, settle } = settling(unconfirmed)
    expect(await settle()).toBe('settled')
    expect([names(told), stored()?.status]).toEqual([completed, 'bound'])
  })

  test('and it has none: the waiters resume to ask again, and "not connected" is not shown yet', async () => {
    const { done, told, stored, settle } = settling(unconfirmed, { outcome: 'none' })
    expect(await settle()).toEqual({ later: NOW + 45_000 })
    expect([names(told), stored()?.status]).toEqual([failed, 'unconfirmed'])
    expect(done).toEqual(['ask AgentCore', 'release', ...resumed, 'check again in 45000'])
  })

  test('and it has none at the last query either: it has failed, and no waiter gets an outcome twice', async () => {
    const { done, told, stored, settle, advance } = settling(unconfirmed, { outcome: 'none' })
    await settle()
    advance(45_000, { outcome: 'none' })
    expect(await settle()).toBe('settled')
    expect([done, told]).toEqual([['ask AgentCore', 'release', 'over'], []])
    expect(stored()).toMatchObject({ status: 'failed' })
    expect(stored()?.failure).toBeUndefined()
  })

  test('and it executes the call late: the last query finds it, and the connection is stored', async () => {
    const { done, stored, settle, advance } = settling(unconfirmed, { outcome: 'none' })
    await settle()
    advance(45_000, token)
    expect(await settle()).toBe('settled')
    expect(stored()?.status).toBe('bound')
    expect(done).toContain('connect github read:user repo')
  })

  test('and AgentCore does not answer: no outcome until it does, or for the waiters at the last query', async () => {
    const { done, told, stored, settle, advance } = settling(unconfirmed, { outcome: 'unavailable' })
    expect(await settle()).toEqual({ later: NOW + 3_000 })
    expect([done, told]).toEqual([['ask AgentCore', 'check again in 3000'], []])
    const answers = settling(unconfirmed, { outcome: 'unavailable' })
    await answers.settle()
    answers.advance(3_000, token)
    expect(await answers.settle()).toBe('settled')
    expect(names(answers.told)).toEqual(completed)

    advance(45_000, { outcome: 'unavailable' })
    expect(await settle()).toBe('settled')
    expect([names(told), stored()?.status]).toEqual([failed, 'unconfirmed'])
  })
})

test.each([
  [{ status: 'failed', failure: 'denied' }, 'denied'],
  [{ status: 'failed', failure: 'refused' }, 'failed'],
  [{ status: 'cancelled' }, 'cancelled'],
  [{ status: 'expired' }, 'expired'],
  [{ status: 'pending', expiresAt: NOW }, 'expired'],
] as const)('%j: told as %s, without a call', async (changes, code) => {
  const { done, told, settle } = settling(changes)
  await settle()
  expect(told.map((event) => event.event === 'authorization_failed' && event.data.code)).toEqual([code, code])
  expect(done).toEqual(['release', ...resumed, 'over'])
})

describe('another account came than the one that was asked for', () => {
  const connection = {
    status: 'wrong_account',
    boundBy: id,
    hint: 'alice',
    came: 'bob',
    heldUntil: NOW + 9_000,
  } as const

  test('all that waits goes on waiting and is told which one, and nothing is called', async () => {
    const { done, told, settle } = settling({ hint: 'alice' }, undefined, [], connection)
    expect(await settle()).toEqual({ later: NOW + 9_000 })
    const asked = { askedAccount: 'alice', account: 'bob', expiresAt: new Date(NOW + 9_000).toISOString() }
    expect(told).toMatchObject(waiters.map(() => ({ event: 'wrong_account', data: asked })))
    expect(done).toEqual(['check again in 9000'])
  })

  test.each([
    ['connected', { status: 'connected', account: 'Bob' }, true],
    ['ended by the vendor', { status: 'needs_reauthorization', account: 'bob' }, undefined],
    ['disconnected', { status: 'disconnected', account: 'bob' }, undefined],
    ['another one', { status: 'connected', account: 'carol' }, undefined],
  ] as const)('and is told whether it is connected under another name: that one is %s', async (_what, other, is) => {
    const { told, settle } = settling({ hint: 'alice' }, undefined, [], connection, [other])
    await settle()
    for (const { data } of told) expect(data).toHaveProperty('account', 'bob')
    expect(told.map(({ data }) => 'isConnectedAlready' in data)).toEqual(waiters.map(() => is === true))
  })

  test('it is compared first, and then nothing that waits goes on either', async () => {
    const { done, told, settle } = settling({}, undefined, [], { ...connection, boundBy: undefined })
    expect(await settle()).toEqual({ later: NOW + 9_000 })
    expect(told.map(({ event }) => event)).toEqual(waiters.map(() => 'wrong_account'))
    expect(done).toEqual(['ask AgentCore', 'connect github read:user repo', 'check again in 9000'])
  })

  test.each(['connected', 'needs_reauthorization'] as const)(
    'its user says that it may be used, and it is %s: what waits goes on, and no token is read again',
    async (status) => {
      const { done, told, settle } = settling({}, undefined, [], { ...connection, status })
      await settle()
      expect(told.map(({ event }) => event)).toEqual(waiters.map(() => 'authorization_completed'))
      expect(done).toEqual(['release', ...resumed, 'over'])
    },
  )

  test('its user says nothing: what waits goes on without it when the time is over', async () => {
    const { done, told, settle } = settling({}, undefined, [], { ...connection, heldUntil: NOW })
    expect(await settle()).toBe('settled')
    expect(told).toEqual(
      waiters.map(() => ({ event: 'authorization_failed', data: { authorizationId: id, code: 'wrong_account' } })),
    )
    expect(done).toEqual(['release', ...resumed, 'over'])
  })
})

test('left in `binding` by a process that died: AgentCore is asked for its outcome', async () => {
  const { stored, told, settle } = settling({ status: 'binding', bindingEndsAt: NOW })
  await settle()
  expect(stored()?.status).toBe('bound')
  expect(told[0]?.event).toBe('authorization_completed')
})

describe('the audit trail', () => {
  const authorization = {
    requestId: 'the-turn',
    correlationId: 'the-turn',
    user: record.owner,
    userSession: 's'.repeat(22),
    authorizationId: id,
    provider: 'github',
    scopes: ['read:user', 'repo'],
  }

  test('has the expiry once, also when several replicas notice it', async () => {
    const { said, settle } = settling({ status: 'pending', expiresAt: NOW })
    await Promise.all([settle(), settle()])
    await settle()
    expect(said).toEqual([{ event: 'expired', ...authorization }])
  })

  test('has the open outcome of a dead process, once', async () => {
    const { said, settle } = settling({ status: 'binding', bindingEndsAt: NOW })
    await Promise.all([settle(), settle()])
    await settle()
    expect(said).toEqual([{ event: 'binding_unconfirmed', ...authorization, reason: 'left-behind' }])
  })

  test('has the authorization of a token', async () => {
    const { requests, settle } = settling({})
    await settle()
    expect(requests).toEqual([
      expect.objectContaining({
        requestId: 'the-turn',
        after: { authorizationId: id, correlationId: 'the-turn' },
      }),
    ])
  })
})
