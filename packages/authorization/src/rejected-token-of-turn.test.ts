import { expect, test } from '@jest/globals'
import { authorizationId, READ, required, token, world } from './test-support/turn-access.ts'

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
