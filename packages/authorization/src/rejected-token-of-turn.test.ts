import { describe, expect, test } from '@jest/globals'
import { authorizationId, READ, required, token, WRITE, world } from './test-support/turn-access.ts'

test('a token that the vendor rejected starts over at the authorization server, once per turn', async () => {
  const { answers, requests, records, marked, connect, run } = world()
  connect(READ)
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
  const { answers, requests, records, activate, connect, run } = world()
  connect(READ)
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

test('a token that the vendor rejected: an authorization that is deleted at this moment is not waited for', async () => {
  const { answers, announced, requests, activate, run } = world()
  activate(authorizationId('o'), true)
  answers.push({ outcome: 'token', accessToken: 'fresh' })
  const rejected = { rejected: 'rejected' } as const
  expect(await run().tokenFor('google-calendar', [READ], rejected)).toMatchObject({ accessToken: 'fresh' })
  expect([requests.length, announced]).toEqual([1, []])
})

test.each([
  ['pending', required(authorizationId('r'))],
  ['cancelled', { outcome: 'declined', code: 'cancelled' }],
] as const)(
  'an authorization that has started over and is %s: the tool, which runs again from its start, requests nothing else',
  async (status, heard) => {
    const { answers, announced, records, requests, connect, run } = world()
    connect(READ)
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

describe('after its user has consented again during the run, a tool', () => {
  const fresh = { outcome: 'token', accessToken: 'fresh' } as const

  async function consentedAgain() {
    const given = world()
    given.connect(READ, { connectedAt: 1 })
    given.answers.push(token, fresh)
    const access = given.run()
    await access.tokenFor('google-calendar', [READ])
    given.connect(READ, { connectedAt: 2 })
    return { ...given, access }
  }

  test('gets the token of that consent, which may be of another account, and no cached one', async () => {
    const { access, requests } = await consentedAgain()
    expect(await access.tokenFor('google-calendar', [READ])).toEqual(fresh)
    expect(await access.tokenFor('google-calendar', [READ])).toEqual(fresh)
    expect(requests).toHaveLength(2)
  })

  test('whose earlier token was rejected gets it, too: its user is not asked once more', async () => {
    const { access, requests, marked, announced } = await consentedAgain()
    expect(await access.tokenFor('google-calendar', [READ], { rejected: 'rejected' })).toEqual(fresh)
    expect(requests.map(({ forceAuthentication }) => forceAuthentication)).toEqual([false, false])
    expect([marked, announced]).toEqual([[], []])
  })

  test('starts over when that one is rejected, too', async () => {
    const { access, answers, records, requests, marked } = await consentedAgain()
    await access.tokenFor('google-calendar', [READ])
    answers.push(required(authorizationId('r')))
    records.set(authorizationId('r'), { status: 'pending' })
    const rejected = { rejected: 'rejected' } as const
    expect(await access.tokenFor('google-calendar', [READ], rejected)).toEqual(required(authorizationId('r')))
    expect([requests.at(-1)?.forceAuthentication, marked]).toEqual([true, ['google-calendar']])
  })

  test('starts over, too, when the rejected one is of the consent that was settled while AgentCore was asked for it', async () => {
    const { answers, connect, records, requests, marked, run } = world()
    connect(READ, { connectedAt: 1 })
    const settled = () => {
      connect(READ, { connectedAt: 2 })
      return fresh
    }
    records.set(authorizationId('r'), { status: 'pending' })
    answers.push(settled, fresh, required(authorizationId('r')))
    const access = run()
    expect(await access.tokenFor('google-calendar', [READ])).toEqual(fresh)
    const rejected = { rejected: 'rejected' } as const
    expect(await access.tokenFor('google-calendar', [READ], rejected)).toEqual(required(authorizationId('r')))
    expect(requests.map(({ forceAuthentication }) => forceAuthentication)).toEqual([false, false, true])
    expect(marked).toEqual(['google-calendar'])
  })

  test('gets no cached token of other scopes either', async () => {
    const { answers, connect, requests, run } = world()
    const access = run()
    for (const connectedAt of [1, 2]) {
      connect(WRITE, { connectedAt })
      for (const what of ['read', 'write']) answers.push({ outcome: 'token', accessToken: `${what} ${connectedAt}` })
      for (const scope of [READ, WRITE]) await access.tokenFor('google-calendar', [scope])
    }
    expect(requests).toHaveLength(4)
  })
})
