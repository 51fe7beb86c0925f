import { BROWSER_BINDING_COOKIE, USER_SESSION_COOKIE } from '@agent-identity/contracts'
import { systemClock, userSessionRef } from '@agent-identity/service-runtime'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createUserSessions } from './index.ts'
import { keyRing } from './test-support/key-ring.ts'
import { startWorld, type World, whoIs } from './test-support/world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
beforeEach(() => world.reset())
afterAll(() => world.stop())

const sessionIdOf = (cookie: string | undefined) =>
  decodeURIComponent(cookie ?? '')
    .slice(2)
    .split('.')[0] ?? ''

describe('the cookie', () => {
  test('is refused when it is forged, unsigned or signed with another key', async () => {
    const alice = await world.signedIn()
    const real = decodeURIComponent(alice.cookies.get(USER_SESSION_COOKIE) ?? '')
    const id = sessionIdOf(real)
    for (const forged of [
      id,
      `s:${id}`,
      `s:${id}.`,
      `s:${id}.${'A'.repeat(43)}`,
      `s:${'A'.repeat(43)}.${real.split('.')[1]}`,
    ]) {
      const stranger = world.browser('mallory')
      stranger.cookies.set(USER_SESSION_COOKIE, encodeURIComponent(forged))
      expect(await whoIs(stranger)).toBe(401)
    }
    expect(await whoIs(alice)).toBe('alice')
  })

  test('counts as absent when express-session’s parser would accept it, and ours does not', async () => {
    const alice = await world.signedIn()
    const cookie = `${USER_SESSION_COOKIE}="${alice.cookies.get(USER_SESSION_COOKIE)}"`
    for (const path of ['/whoami', '/whoami/read'])
      expect((await alice.ask(path, { headers: { cookie } })).status).toBe(401)
    expect(await whoIs(alice)).toBe('alice')
  })

  test('is Secure, HttpOnly, Lax and bound to the host, although the load balancer reports plain HTTP', async () => {
    const browser = world.browser()
    const returned = await browser.navigate('/auth/sign-in', { stopBefore: 'https://app.example/auth/callback' })
    const { setCookies } = await browser.ask(returned.location ?? '', { headers: { 'x-forwarded-proto': 'http' } })
    for (const name of [USER_SESSION_COOKIE, BROWSER_BINDING_COOKIE]) {
      const attributes = setCookies
        .find((line) => line.startsWith(name))
        ?.split('; ')
        .slice(1)
      expect(attributes?.toSorted()).toEqual(['HttpOnly', 'Path=/', 'SameSite=Lax', 'Secure'])
    }
  })

  test('contains 256 random bits that are not in Redis, and neither is the user’s identity', async () => {
    const alice = await world.signedIn()
    const id = sessionIdOf(alice.cookies.get(USER_SESSION_COOKIE))
    expect(Buffer.from(id, 'base64url')).toHaveLength(32)
    const dump = await world.dump()
    expect(dump).toContain(userSessionRef(id))
    for (const secret of [id, id.slice(0, 12), 'alice']) expect(dump).not.toContain(secret)
  })

  test('is not set before a sign-in, and nothing is stored', async () => {
    const { setCookies } = await world.browser().ask('/')
    expect(setCookies).toEqual([])
    expect(await world.keys('*')).toEqual([])
  })

  test('counts as absent when it is sent twice, in either order', async () => {
    const alice = await world.signedIn('alice')
    const mallory = await world.signedIn('mallory')
    const pair = [alice, mallory].map((browser) => `${USER_SESSION_COOKIE}=${browser.cookies.get(USER_SESSION_COOKIE)}`)
    for (const cookie of [pair.join('; '), pair.toReversed().join(';'), `${pair[0]}; ${pair[0]}`]) {
      for (const path of ['/whoami', '/whoami/read'])
        expect((await alice.ask(path, { headers: { cookie } })).status).toBe(401)
      expect(world.matching('sent twice')).not.toEqual([])
    }
    expect(await whoIs(alice)).toBe('alice')
  })
})

test('a session id from before the sign-in is invalid after it', async () => {
  const mallory = await world.signedIn('mallory')
  const planted = mallory.cookies.get(USER_SESSION_COOKIE) ?? ''
  const victim = world.browser('alice')
  victim.cookies.set(USER_SESSION_COOKIE, planted)
  await victim.navigate('/auth/sign-in')

  expect(victim.cookies.get(USER_SESSION_COOKIE)).not.toBe(planted)
  expect(await whoIs(mallory)).toBe(401)
  expect(await whoIs(victim)).toBe('alice')
})

test('user sessions refuse a public URL from which browsers would drop the cookie', () => {
  const deps = {
    redis: world.redis,
    userSessionKeys: keyRing('s1', 's1'),
    idleSeconds: 1,
    clock: systemClock,
    log: world.log,
  } as const
  expect(() => createUserSessions({ ...deps, publicUrl: 'http://app.example' })).toThrow('https')
  for (const publicUrl of [
    'https://app.example',
    'http://localhost:8080',
    'http://127.0.0.1:8080',
    'http://[::1]:8080',
  ])
    expect(() => createUserSessions({ ...deps, publicUrl })).not.toThrow()
})
