import { userSessionKey, userSessionsOfIssuerSessionKey, userSessionsOfUserKey } from '@agent-identity/contracts'
import { issuerSessionRef, type RedisClient, userRef, userSessionRef } from '@agent-identity/service-runtime'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { CurrentUserSession } from './current-user-session.ts'
import { logoutsAt } from './test-support/logouts.ts'
import { ABSOLUTE_SECONDS, refOf, startWorld, whoIs } from './test-support/world.ts'
import { createUserSessionIndex, isMeant } from './user-session-index.ts'

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

test('a record that cannot be read keeps no other user session alive, and the issuer may repeat the logout', async () => {
  const alice = await world.signedIn()
  const unreadable = userSessionRef('unreadable')
  await world.redis.hset(userSessionKey(unreadable), { of: 'another type' })
  const key = userSessionsOfUserKey(userRef({ issuer: world.issuer.url, subject: 'alice' }))
  await world.redis.zadd(key, Date.now() + 1e6, unreadable)
  const logoutToken = token()
  expect((await send(logoutToken)).status).toBe(400)
  expect(await whoIs(alice)).toBe(401)
  await world.redis.del(userSessionKey(unreadable))
  expect((await send(logoutToken)).status).toBe(200)
})

test('one that cannot be ended keeps no other user session alive either', async () => {
  const [first, second] = [await world.signedIn(), await world.signedIn()]
  const redis = await world.redisServer.connect()
  const key = userSessionKey(await refOf(first))
  const evalsha = redis.evalsha.bind(redis) as (...args: unknown[]) => Promise<unknown>
  redis.evalsha = (...args: unknown[]) => (args.includes(key) ? Promise.reject(new Error('away')) : evalsha(...args))
  const { url } = await world.replica({ redis })
  const logoutToken = token()
  expect((await send(logoutToken, url)).status).toBe(400)
  expect([await whoIs(first), await whoIs(second)]).toEqual(['alice', 401])
  expect((await send(logoutToken)).status).toBe(200)
  expect(await whoIs(first)).toBe(401)
})

test.each([
  ['its user', { subject: 'alice', sid: undefined }, true],
  ['another user', { subject: 'bob', sid: undefined }, false],
  ['its user and a `sid`', { subject: 'alice', sid: 's' }, true],
  ['a `sid` alone', { subject: undefined, sid: 's' }, false],
  ['nothing', { subject: undefined, sid: undefined }, false],
])('a user session whose sign-in had no `sid`: a logout token with %s means it: %s', (_name, named, meant) => {
  const issuer = 'https://issuer.example'
  const userSession = { user: { issuer, subject: 'alice', name: 'Alice' } } as CurrentUserSession
  expect(isMeant({ issuer, ...named }, userSession)).toBe(meant)
  expect(isMeant({ issuer: 'https://other.example', ...named }, userSession)).toBe(false)
})

describe('which records are read', () => {
  const issuer = 'https://issuer.example'
  const one = (subject: string, sid?: string): CurrentUserSession => ({
    ref: userSessionRef(`${subject} ${sid}`),
    userRef: userRef({ issuer, subject }),
    user: { issuer, subject, name: subject },
    signedInAt: 0,
    endsAt: 1_000,
    browserHash: '',
    ...(sid !== undefined && { issuerSession: issuerSessionRef(issuer, sid) }),
  })

  function indexOver(entries: Record<string, readonly string[]>, alive: readonly CurrentUserSession[]) {
    const asked = { keys: [] as string[], refs: [] as string[], mostAtOnce: 0 }
    let atOnce = 0
    const redis = {
      zrange: async (key: string) => {
        asked.keys.push(key)
        return entries[key] ?? []
      },
      zadd: async (key: string) => void asked.keys.push(key),
      zrem: async (key: string) => void asked.keys.push(key),
    } as unknown as RedisClient
    const find = async (ref: string) => {
      asked.refs.push(ref)
      asked.mostAtOnce = Math.max(asked.mostAtOnce, ++atOnce)
      await Promise.resolve()
      atOnce--
      return alive.find((userSession) => userSession.ref === ref)
    }
    return { asked, index: createUserSessionIndex({ redis, reader: { find }, clock: () => 0 }) }
  }

  test.each([
    ['its user', { subject: 'alice', sid: undefined }, [userSessionsOfUserKey(userRef({ issuer, subject: 'alice' }))]],
    ['its session', { subject: undefined, sid: 's' }, [userSessionsOfIssuerSessionKey(issuerSessionRef(issuer, 's'))]],
  ])('a token with %s is looked up in that index alone', async (_name, named, keys) => {
    const { asked, index } = indexOver({}, [])
    expect(await index.find({ issuer, ...named })).toEqual({ userSessions: [], failures: [] })
    expect(asked.keys).toEqual(keys)
  })

  test('a user session of which the issuer named no session is in the index of its user alone', async () => {
    const { asked, index } = indexOver({}, [])
    await index.remove(one('alice'))
    expect(asked.keys).toEqual([userSessionsOfUserKey(one('alice').userRef)])
  })

  test('what is no reference is not read, and of a user only what is theirs is found', async () => {
    const [alice, bob, dead] = [one('alice'), one('bob'), userSessionRef('dead')]
    const key = userSessionsOfUserKey(alice.userRef)
    const { asked, index } = indexOver({ [key]: ['nonsense', bob.ref, dead, alice.ref] }, [alice, bob])
    expect(await index.ofUser(alice.userRef)).toEqual([alice])
    expect([asked.keys, asked.refs]).toEqual([[key], [bob.ref, dead, alice.ref]])
    expect(await index.refsOfUser(alice.userRef)).toEqual([bob.ref, dead, alice.ref])
  })

  test('where one cannot be read, the user sessions of a user are not told as if they were all', async () => {
    const alice = one('alice')
    const redis = { zrange: async () => [alice.ref, userSessionRef('unreadable')] } as unknown as RedisClient
    const find = async (ref: string) => {
      if (ref === alice.ref) return alice
      throw new Error('not read')
    }
    const index = createUserSessionIndex({ redis, reader: { find }, clock: () => 0 })
    await expect(index.ofUser(alice.userRef)).rejects.toThrow('not read')
  })

  test('a hundred records are read at once, and each of them once', async () => {
    const alice = one('alice')
    const refs = Array.from({ length: 200 }, (_, n) => userSessionRef(`dead ${n}`))
    const { asked, index } = indexOver({ [userSessionsOfUserKey(alice.userRef)]: refs }, [])
    expect(await index.ofUser(alice.userRef)).toEqual([])
    expect([asked.refs, asked.mostAtOnce]).toEqual([refs, 100])
  })
})
