import {
  USER_SESSION_ENDED_CHANNEL,
  userSessionKey,
  userTokensKey,
  userTokensRefreshLockKey,
} from '@agent-identity/contracts'
import { redisReady } from '@agent-identity/service-runtime'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { REF, refreshed, startTokenWorld, type TokenWorld, tokensFor, USER } from './test-support/token-store.ts'

let world: TokenWorld
beforeAll(async () => {
  world = await startTokenWorld()
})
beforeEach(() => world.reset())
afterAll(() => world.stop())

test.each([
  ['a new refresh token: it is revoked', 'new'],
  ['no refresh token: the old one was revoked by the sign-out', undefined],
])('a user session that ends while the issuer sends %s', async (_name, sent) => {
  const { save, accessToken, revoked, awaited } = world.store(async () => {
    // A process that stops waits for this refresh.
    expect(awaited).toHaveLength(1)
    await world.redis.del(userSessionKey(REF))
    return refreshed(sent)
  })
  await save(REF, tokensFor(0, 'old'), 1_000)
  expect(await accessToken(REF, { minimumSeconds: 1 })).toEqual({ outcome: 'signed-out' })
  expect(revoked).toEqual([[sent, { requestId: expect.any(String), user: USER, userSession: REF }]])
})

test.each([
  ['stored', 'new', ['new']],
  ['read', 'new', ['new']],
  ['stored', 'old', []],
] as const)(
  'of refresh tokens that cannot be %s, the one that the issuer sent (%s) is revoked if it is new',
  async (failing, sent, ended) => {
    const { save, accessToken, revoked } = world.store(async () => {
      if (failing === 'read') await world.redis.del(userSessionKey(REF))
      // Redis answers with an error to each command that takes it for a string.
      await world.redis.multi().del(userTokensKey(REF)).rpush(userTokensKey(REF), 'a list').exec()
      return refreshed(sent)
    })
    await save(REF, tokensFor(0, 'old'), 1_000)
    await expect(accessToken(REF, { minimumSeconds: 1 })).rejects.toThrow('WRONGTYPE')
    expect(revoked.map(([token]) => token)).toEqual(ended)
  },
)

test('tokens that were refreshed while Redis takes no writes for a moment are stored', async () => {
  const writing = await world.redisServer.connect()
  let refused = 0
  // A refused write closes the connection. Here the write ends only when the connection is open again: the product tries only a few times.
  for (const name of ['eval', 'evalsha'] as const) {
    const run = writing[name].bind(writing) as (...script: unknown[]) => Promise<unknown>
    writing[name] = ((...script: unknown[]) =>
      run(...script).catch(async (error: Error) => {
        if (error.message.startsWith('READONLY')) {
          refused++
          const closed = new Promise<void>((resolve) => writing.once('close', () => resolve()))
          await Promise.all([closed, world.redis.call('REPLICAOF', 'NO', 'ONE')])
          await redisReady(writing)
        }
        throw error
      })) as never
  }
  const refresh = async () => {
    await world.redis.call('REPLICAOF', '127.0.0.1', '1')
    return refreshed('new')
  }
  try {
    const { save, accessToken, revoked } = world.store(refresh, writing)
    await save(REF, tokensFor(0, 'old'), 1_000)
    expect(await accessToken(REF, { minimumSeconds: 1 })).toMatchObject({ accessToken: 'refreshed' })
    expect([refused, revoked]).toEqual([1, []])
  } finally {
    await world.redis.call('REPLICAOF', 'NO', 'ONE')
  }
})

test('a newer result of another replica is kept, and its refresh token is not revoked', async () => {
  const { save, accessToken, revoked } = world.store(async () => {
    await save(REF, tokensFor(500, 'newer'), 1_000)
    return refreshed('new')
  })
  await save(REF, tokensFor(0, 'old'), 1_000)
  expect(await accessToken(REF, { minimumSeconds: 1 })).toMatchObject({ accessToken: 'for 500 seconds' })
  expect(revoked).toEqual([])
})

test.each([
  ['has new tokens, although it still has the lock', true, { outcome: 'token', accessToken: 'for 500 seconds' }],
  ['has ended the user session', false, { outcome: 'signed-out' }],
])('a replica that waits for another one goes on when that one %s', async (_name, isAlive, expected) => {
  const { save, accessToken } = world.store()
  await save(REF, tokensFor(0, 'old'), 1_000)
  await world.redis.set(userTokensRefreshLockKey(REF), 'another replica', 'PX', 60_000)
  await world.redis.config('RESETSTAT')
  const waiting = accessToken(REF, { minimumSeconds: 1 })
  // Until the waiting replica has asked for the lock.
  while (!(await world.redis.info('commandstats')).includes('cmdstat_set:')) await new Promise(setImmediate)
  if (isAlive) await save(REF, tokensFor(500, 'newer'), 1_000)
  else await world.redis.del(userSessionKey(REF))
  expect(await waiting).toMatchObject(expected)
})

test('a user session that ends before the lock is held is not refreshed', async () => {
  let asked = 0
  const { save, accessToken } = world.store(async () => {
    asked++
    return refreshed()
  })
  await save(REF, tokensFor(0, 'old'), 1_000)
  const asking = accessToken(REF, { minimumSeconds: 1 })
  // Redis serves one connection in order: this comes after the tokens are read and before the lock is taken.
  await world.redis.del(userSessionKey(REF))
  expect(await asking).toEqual({ outcome: 'signed-out' })
  expect(asked).toBe(0)
})

test('many callers at once cause one refresh, and a later one causes the next, with the newest tokens', async () => {
  const asked: object[] = []
  const answers = ['first', undefined, 'third']
  const { save, accessToken, ofEnded } = world.store(async (tokens) => {
    asked.push(tokens)
    return refreshed(answers[asked.length - 1])
  })
  await save(REF, tokensFor(0, 'old'), 1_000)
  const callers = Array.from({ length: 5 }, () => accessToken(REF, { minimumSeconds: 1 }))
  for (const outcome of await Promise.all(callers)) expect(outcome).toMatchObject({ accessToken: 'refreshed' })
  // A new token is valid for 60 seconds only.
  for (let n = 0; n < 2; n++) await accessToken(REF, { minimumSeconds: 61 })
  expect(asked).toEqual([
    { refreshToken: 'old', idToken: 'an ID token' },
    { refreshToken: 'first', idToken: 'a new ID token' },
    // The second answer had no refresh token.
    { refreshToken: 'first', idToken: 'a new ID token' },
  ])
  expect(ofEnded(await world.end())).toEqual({ idTokenHint: 'a new ID token', refreshToken: 'third' })
})

test('a refresh keeps the idle time of the tokens, and leaves no lock', async () => {
  const { save, accessToken } = world.store()
  await save(REF, tokensFor(0, 'old'), 200)
  await accessToken(REF, { minimumSeconds: 1 })
  const left = await world.redis.ttl(userTokensKey(REF))
  expect([left > 150, left <= 200]).toEqual([true, true])
  expect(await world.redis.exists(userTokensRefreshLockKey(REF))).toBe(0)
})

test('an issuer that is unavailable ends nothing', async () => {
  const { save, accessToken, ofEnded } = world.store(async () => ({ outcome: 'unavailable' }))
  await save(REF, tokensFor(0, 'old'), 1_000)
  expect(await accessToken(REF, { minimumSeconds: 1 })).toEqual({ outcome: 'unavailable' })
  expect(ofEnded(await world.end())).toMatchObject({ refreshToken: 'old' })
})

test.each([
  [
    'a grant that is over ends the user session, its tokens, and tells every replica',
    undefined,
    { outcome: 'signed-out' },
    0,
  ],
  [
    'a refusal ends nothing when another replica has stored newer tokens: they are used',
    'newer',
    { outcome: 'token', accessToken: 'for 500 seconds' },
    2,
  ],
])('%s', async (_name, newer, expected, left) => {
  const subscriber = await world.redisServer.connect()
  const published: string[] = []
  subscriber.on('message', (_channel, message) => published.push(message))
  await subscriber.subscribe(USER_SESSION_ENDED_CHANNEL)
  const { save, accessToken } = world.store(async () => {
    if (newer !== undefined) await save(REF, tokensFor(500, newer), 1_000)
    return { outcome: 'refused' }
  })
  await save(REF, tokensFor(0, 'old'), 1_000)
  expect(await accessToken(REF, { minimumSeconds: 1 })).toMatchObject(expected)
  expect(await world.redis.exists(userSessionKey(REF), userTokensKey(REF))).toBe(left)
  await subscriber.ping()
  expect(published).toEqual(newer === undefined ? [REF] : [])
})
