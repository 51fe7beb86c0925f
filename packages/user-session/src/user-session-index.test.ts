import { userSessionsOfUserKey } from '@agent-identity/contracts'
import { userRef, userSessionRef } from '@agent-identity/service-runtime'
import { afterAll, beforeEach, expect, test } from '@jest/globals'
import type { CurrentUserSession } from './current-user-session.ts'
import { logoutsAt } from './test-support/logouts.ts'
import { ABSOLUTE_SECONDS, refOf, startWorld, whoIs } from './test-support/world.ts'
import { isMeant } from './user-session-index.ts'

const world = await startWorld(undefined, { issuerEndsSessions: true })
beforeEach(() => world.reset())
afterAll(() => world.stop())

const { token, send } = logoutsAt(world)

test('does not end a user session that a writer of Redis has put into the index', async () => {
  const bob = await world.signedIn('bob')
  const key = userSessionsOfUserKey(userRef({ issuer: world.issuer.url, subject: 'alice' }))
  for (const planted of [await refOf(bob), 'nonsense']) await world.redis.zadd(key, Date.now() + 1e6, planted)
  expect((await send(token())).status).toBe(200)
  expect(await whoIs(bob)).toBe('bob')
})

test('the index lives as long as its last user session, and loses those whose time is over', async () => {
  const alice = await world.signedIn()
  const key = userSessionsOfUserKey(userRef({ issuer: world.issuer.url, subject: 'alice' }))
  expect(await world.redis.ttl(key)).toBeGreaterThan(ABSOLUTE_SECONDS - 60)
  expect(await world.redis.zrange(key, 0, -1)).toEqual([await refOf(alice)])
  await world.redis.zadd(key, Date.now() - 1_000, userSessionRef('an old one'))
  await world.signedIn()
  expect(await world.redis.zrange(key, 0, -1)).not.toContain(userSessionRef('an old one'))
})

test('a user session is removed from the index when its user signs out, signs in again, or the issuer ends it', async () => {
  const key = userSessionsOfUserKey(userRef({ issuer: world.issuer.url, subject: 'alice' }))
  const found = async () => (await world.redis.zrange(key, 0, -1)).length
  const alice = await world.signedIn()
  await alice.navigate('/auth/sign-in')
  const other = await world.signedIn()
  expect([await whoIs(alice), await found()]).toEqual(['alice', 2])
  expect((await other.post('/auth/sign-out')).status).toBe(303)
  expect(await found()).toBe(1)
  expect((await send(token())).status).toBe(200)
  expect([await whoIs(alice), await found()]).toEqual([401, 0])
})

test('a user with more user sessions than are read at once loses all of them', async () => {
  const alice = await world.signedIn()
  const key = userSessionsOfUserKey(userRef({ issuer: world.issuer.url, subject: 'alice' }))
  for (let n = 0; n < 250; n++) await world.redis.zadd(key, Date.now() + 1_000 * n, userSessionRef(`dead ${n}`))
  await world.redis.zadd(key, Date.now() + 1e9, await refOf(alice))
  expect((await send(token())).status).toBe(200)
  expect(await whoIs(alice)).toBe(401)
})

test.each([
  ['its user', { subject: 'alice', sid: undefined }, true],
  ['another user', { subject: 'bob', sid: undefined }, false],
  ['its user and a `sid`', { subject: 'alice', sid: 's' }, true],
  ['a `sid` alone', { subject: undefined, sid: 's' }, false],
])('a user session whose sign-in had no `sid`: a logout token with %s means it: %s', (_name, named, meant) => {
  const issuer = 'https://issuer.example'
  const userSession = { user: { issuer, subject: 'alice', name: 'Alice' } } as CurrentUserSession
  expect(isMeant({ issuer, ...named }, userSession)).toBe(meant)
  expect(isMeant({ issuer: 'https://other.example', ...named }, userSession)).toBe(false)
})
