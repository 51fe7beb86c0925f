import { once } from 'node:events'
import { USER_SESSION_COOKIE, userSessionKey, userTokensKey } from '@agent-identity/contracts'
import type { userSessionRef } from '@agent-identity/service-runtime'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createGate } from './test-support/gate.ts'
import { keyRing } from './test-support/key-ring.ts'
import { ABSOLUTE_SECONDS, IDLE_SECONDS, refOf, startWorld, type World, whoIs } from './test-support/world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
beforeEach(() => world.reset())
afterAll(() => world.stop())

test('a request in flight on another replica does not revive a user session that was signed out', async () => {
  const { gate, reached, open } = createGate()
  const slow = await world.replica({ held: gate })
  const alice = await world.signedIn('alice', [...world.replicas, slow])
  const ref = await refOf(alice)
  await world.redis.expire(userSessionKey(ref), 500)

  for (const path of ['/changes-the-session', '/takes-its-time']) {
    const cookies = new Map(alice.cookies)
    const inFlight = alice.ask(path, { replica: 2 })
    await reached()
    await alice.post('/auth/sign-out')
    open()
    expect((await inFlight).status).toBe(200)

    expect(await world.userRecords()).toEqual([])
    for (const [name, value] of cookies) alice.cookies.set(name, value)
    expect(await whoIs(alice)).toBe(401)
    await alice.navigate('/auth/sign-in')
    expect(await whoIs(alice)).toBe('alice')
  }
})

describe('with read access only', () => {
  test('a service reads the user session and sends Redis only GET', async () => {
    await world.redis.call('ACL', 'SETUSER', 'reader', 'reset', 'on', '>secret', '~user-session:*', '+get', '+info')
    const redis = await world.redisServer.connect({ username: 'reader', password: 'secret' })
    const reader = await world.replica({ redis })
    const alice = await world.signedIn('alice', [...world.replicas, reader])
    const key = userSessionKey(await refOf(alice))
    await world.redis.expire(key, 500)
    await world.redis.call('ACL', 'LOG', 'RESET')

    const read = await alice.ask('/whoami/read', { replica: 2 })
    expect(read).toMatchObject({ status: 200, setCookies: [] })
    expect(JSON.parse(read.body)).toMatchObject({ user: { subject: 'alice' } })
    expect(await world.redis.call('ACL', 'LOG')).toEqual([])
    expect(await world.redis.ttl(key)).toBeLessThanOrEqual(500)
    expect(world.lines).toEqual([])
    redis.disconnect()
    await once(redis, 'end')
  })
})

/** The idle time must not pass without a request. */
async function stays(who: Parameters<typeof whoIs>[0], seconds: number): Promise<void> {
  for (let left = seconds; left > 0; left -= 0.95 * IDLE_SECONDS) {
    world.advance(Math.min(left, 0.95 * IDLE_SECONDS))
    expect(await whoIs(who)).toBe('alice')
  }
}

describe('a lifetime', () => {
  test('ends at its absolute end by the clock, although the record is still there', async () => {
    const alice = await world.signedIn()
    const ref = await refOf(alice)
    await world.redis.persist(userSessionKey(ref))
    await stays(alice, ABSOLUTE_SECONDS - 60)
    expect(await world.replicas[0].sessions.find(ref)).toMatchObject({ ref, user: { subject: 'alice' } })

    world.advance(60)
    await world.redis.persist(userSessionKey(ref))
    expect(await whoIs(alice)).toBe(401)
    expect(await world.replicas[0].sessions.find(ref)).toBeUndefined()
    await alice.navigate('/auth/sign-in')
    expect(await whoIs(alice)).toBe('alice')
  })

  test('is extended with its tokens by a request, but not before a tenth of the idle time has passed', async () => {
    const alice = await world.signedIn()
    const ref = await refOf(alice)
    const [session, tokens] = [userSessionKey(ref), userTokensKey(ref)]
    const ttlAfterRequest = async (left: number) => {
      await Promise.all([session, tokens].map((key) => world.redis.expire(key, left)))
      world.advance(IDLE_SECONDS - left)
      await whoIs(alice)
      const [a, b] = await Promise.all([world.redis.ttl(session), world.redis.ttl(tokens)])
      // Redis rounds to seconds.
      expect(Math.abs(b - a)).toBeLessThanOrEqual(1)
      return a
    }
    expect(await ttlAfterRequest(0.92 * IDLE_SECONDS)).toBeLessThanOrEqual(0.92 * IDLE_SECONDS)
    expect(await ttlAfterRequest(0.96 * IDLE_SECONDS)).toBeGreaterThan(0.99 * IDLE_SECONDS)
  })

  test('is not extended by a request that a page makes without its user, which is answered for the user', async () => {
    const alice = await world.signedIn()
    const ref = await refOf(alice)
    const keys = [userSessionKey(ref), userTokensKey(ref)]
    for (const key of keys) await world.redis.expire(key, 0.5 * IDLE_SECONDS)
    world.advance(0.5 * IDLE_SECONDS)
    expect((await alice.ask('/unattended')).status).toBe(200)
    for (const key of keys) expect(await world.redis.ttl(key)).toBeLessThanOrEqual(0.5 * IDLE_SECONDS)
    await whoIs(alice)
    for (const key of keys) expect(await world.redis.ttl(key)).toBeGreaterThan(0.9 * IDLE_SECONDS)
  })

  test('that cannot be extended does not refuse the user; a request that need not extend it writes nothing', async () => {
    await world.redis.call('ACL', 'SETUSER', 'reader', 'reset', 'on', '>secret', '~*', '+get', '+info')
    const redis = await world.redisServer.connect({ username: 'reader', password: 'secret' })
    const replica = await world.replica({ redis })
    const alice = await world.signedIn('alice', [...world.replicas, replica])
    await world.redis.call('ACL', 'LOG', 'RESET')
    expect(await whoIs(alice, 2)).toBe('alice')
    expect(await world.redis.call('ACL', 'LOG')).toEqual([])

    world.advance(0.5 * IDLE_SECONDS)
    expect(await whoIs(alice, 2)).toBe('alice')
    expect(world.matching('was not extended')).toHaveLength(1)
    expect(await world.redis.call('ACL', 'LOG')).toHaveLength(1)
    redis.disconnect()
    await once(redis, 'end')
  })

  test('is not extended past its absolute end', async () => {
    const alice = await world.signedIn()
    const key = userSessionKey(await refOf(alice))
    await stays(alice, ABSOLUTE_SECONDS - 500)
    expect(await world.redis.ttl(key)).toBeLessThanOrEqual(500)
    expect(await world.redis.ttl(key)).toBeGreaterThan(440)
  })
})

describe('a sealed record', () => {
  test('that was altered, truncated or moved counts as no session, with one warning and without its values', async () => {
    const alice = await world.signedIn('alice')
    const bob = await world.signedIn('bob')
    const [aliceKey, bobKey] = [userSessionKey(await refOf(alice)), userSessionKey(await refOf(bob))]
    const sealed = (await world.redis.get(aliceKey)) ?? ''
    const middle = Math.floor(sealed.length / 2)
    const altered = sealed.slice(0, middle) + (sealed[middle] === 'A' ? 'B' : 'A') + sealed.slice(middle + 1)

    for (const bad of [altered, sealed.slice(0, -4), 's1.', '{}', (await world.redis.get(bobKey)) ?? '']) {
      await world.redis.set(aliceKey, bad, 'KEEPTTL')
      expect(await whoIs(alice)).toBe(401)
      expect(await world.replicas[0].sessions.find(userSessionRefOf(aliceKey))).toBeUndefined()
    }
    const warnings = world.matching('does not open')
    // One for each reader.
    expect(warnings).toHaveLength(2)
    expect(warnings[0]?.text).not.toContain(aliceKey)

    await world.redis.set(aliceKey, sealed, 'KEEPTTL')
    expect(await whoIs(alice)).toBe('alice')
    expect(await whoIs(bob)).toBe('bob')
  })

  test('opens through a rotation of its keys, and not once the key is gone', async () => {
    const alice = await world.signedIn()
    const deployed = await world.replica({ userSessionKeys: keyRing('s1', 's1', 's2') })
    const switched = await world.replica({ userSessionKeys: keyRing('s2', 's1', 's2') })
    const finished = await world.replica({ userSessionKeys: keyRing('s2', 's2') })
    const stages = [deployed, switched, finished]

    const old = world.browser('alice', stages)
    for (const [name, value] of alice.cookies) old.cookies.set(name, value)
    expect([await whoIs(old, 0), await whoIs(old, 1), await whoIs(old, 2)]).toEqual(['alice', 'alice', 401])

    const renewed = await world.signedIn('alice', [switched, deployed, finished])
    expect([await whoIs(renewed, 0), await whoIs(renewed, 1), await whoIs(renewed, 2)]).toEqual([
      'alice',
      'alice',
      'alice',
    ])
  })
})

describe('while Redis is away', () => {
  test('requests fail with an error and are treated neither as signed in nor as signed out', async () => {
    const alice = await world.signedIn()
    const cookie = alice.cookies.get(USER_SESSION_COOKIE)
    await world.redisServer.kill()
    try {
      for (const path of ['/whoami', '/whoami/read', '/', '/auth/sign-in'])
        expect((await alice.ask(path)).status).toBe(503)
      expect((await alice.post('/auth/sign-out')).status).toBe(503)
      expect(alice.cookies.get(USER_SESSION_COOKIE)).toBe(cookie)
    } finally {
      await world.redisServer.start()
    }
    await alice.navigate('/auth/sign-in')
    expect(await whoIs(alice)).toBe('alice')
  })

  test('an answer that is already complete still arrives', async () => {
    const { gate, reached, open } = createGate()
    const slow = await world.replica({ held: gate })
    const alice = await world.signedIn('alice', [...world.replicas, slow])
    const inFlight = alice.ask('/takes-its-time', { replica: 2 })
    await reached()
    await world.redisServer.kill()
    open()
    try {
      expect(await inFlight).toMatchObject({ status: 200, body: 'done' })
    } finally {
      await world.redisServer.start()
    }
    expect(world.matching('request failed')).toEqual([])
  })
})

const userSessionRefOf = (key: string) => key.slice(key.indexOf('{') + 1, -1) as ReturnType<typeof userSessionRef>
