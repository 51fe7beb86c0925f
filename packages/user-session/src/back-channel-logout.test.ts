import { type UserSessionRef, userSessionsOfUserKey } from '@agent-identity/contracts'
import { ApiError, userRef } from '@agent-identity/service-runtime'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { Browser } from './test-support/browser.ts'
import { CLIENT } from './test-support/issuer.ts'
import { EVENTS, logoutsAt, now, PATH } from './test-support/logouts.ts'
import { tokensIn } from './test-support/tokens-of.ts'
import { refOf, startWorld, whoIs } from './test-support/world.ts'

const ended: UserSessionRef[] = []
const onSignOut = async (ref: UserSessionRef) => void ended.push(ref)
const world = await startWorld(undefined, { issuerEndsSessions: true, onSignOut })
beforeEach(() => {
  ended.length = 0
  return world.reset()
})
afterAll(() => world.stop())

const { token, logOut, send } = logoutsAt(world)

async function sidOf(browser: Browser): Promise<string> {
  const { idToken } = await tokensIn(world, browser)
  return JSON.parse(Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString()).sid
}

test('what is refused counts for the limit, and a genuine token neither counts nor is limited', async () => {
  let counted = 0
  const { url } = await world.replica({
    issuerEndsSessions: true,
    limitBackChannelLogout: (_request, response, next) => (counted++ < 1 ? next() : void response.status(429).end()),
  })
  for (let n = 0; n < 3; n++) expect((await send(token(), url)).status).toBe(200)
  expect(counted).toBe(0)
  expect((await send('none', url)).status).toBe(400)
  expect((await send('none', url)).status).toBe(429)
  const alice = await world.signedIn()
  expect((await send(token(), url)).status).toBe(200)
  expect(await whoIs(alice)).not.toBe('alice')
})

test('a refusal over the limit is answered by the limit alone, and is not in the trail', async () => {
  const { url } = await world.replica({
    issuerEndsSessions: true,
    limitBackChannelLogout: (_request, _response, next) => next(new ApiError('too_many_requests')),
  })
  const answer = await send('none', url)
  expect([answer.status, await answer.json()]).toMatchObject([429, { code: 'too_many_requests' }])
  expect(world.audit).toEqual([])
})

test('a token is remembered as a used one for at least as long as it is accepted', async () => {
  const time = async () => Number((await world.redis.time())[0])
  const before = await time()
  expect((await send(token())).status).toBe(200)
  const [key = ''] = await world.keys('logout-token:*')
  const forgottenAt = await world.redis.expiretime(key)
  expect(forgottenAt).toBeGreaterThanOrEqual(before + 361)
  expect(forgottenAt).toBeLessThanOrEqual((await time()) + 362)
})

describe('ends nothing, with the same answer for each,', () => {
  const hours = (count: number) => now() + count * 3_600
  const forged = (input: string) => Buffer.from(input).toString('base64url').slice(0, 342)
  const cases: [string, string, () => string][] = [
    ['no JWT', 'not-a-logout-token', () => 'not a token'],
    ['five parts (encrypted)', 'not-a-logout-token', () => 'a.b.c.d.e'],
    ['another type', 'not-a-logout-token', () => token({}, { typ: 'JWT' })],
    ['no type', 'not-a-logout-token', () => token({}, { typ: undefined })],
    ['the type of an access token', 'not-a-logout-token', () => token({}, { typ: 'at+jwt' })],
    ['a forged signature', 'wrong-signature', () => token({}, {}, forged)],
    ['no signature', 'wrong-signature', () => token({}, { alg: 'none' }, () => '')],
    ['an HMAC', 'wrong-signature', () => token({}, { alg: 'HS256' })],
    ['a key that the issuer does not have', 'wrong-signature', () => token({}, { kid: 'another' })],
    ['another issuer', 'wrong-issuer', () => token({ iss: 'https://issuer.example' })],
    ['no issuer', 'wrong-issuer', () => token({ iss: undefined })],
    ['another client', 'wrong-audience', () => token({ aud: 'another-client' })],
    ['no client', 'wrong-audience', () => token({ aud: undefined })],
    ['two clients without an authorized party', 'wrong-audience', () => token({ aud: [CLIENT.clientId, 'another'] })],
    ['another authorized party', 'wrong-audience', () => token({ azp: 'another' })],
    ['no time', 'not-fresh', () => token({ iat: undefined })],
    ['a time six minutes ago', 'not-fresh', () => token({ iat: now() - 360, exp: hours(1) })],
    ['a time in an hour', 'not-fresh', () => token({ iat: hours(1), exp: hours(2) })],
    ['an expiry in the past', 'not-fresh', () => token({ iat: now() - 120, exp: now() - 60 })],
    ['no end', 'not-fresh', () => token({ exp: undefined })],
    ['no event', 'claims-not-valid', () => token({ events: undefined })],
    ['another event', 'claims-not-valid', () => token({ events: { 'https://example.com/event': {} } })],
    [
      'an event that is not an object',
      'claims-not-valid',
      () => token({ events: { [Object.keys(EVENTS)[0] ?? '']: true } }),
    ],
    ['a list of events', 'claims-not-valid', () => token({ events: Object.keys(EVENTS) })],
    ['a nonce', 'claims-not-valid', () => token({ nonce: 'n' })],
    ['no `jti`', 'claims-not-valid', () => token({ jti: undefined })],
    ['neither user nor session', 'claims-not-valid', () => token({ sub: undefined })],
    ['a user that is not a string', 'claims-not-valid', () => token({ sub: ['alice'] })],
    ['an empty session', 'claims-not-valid', () => token({ sid: '' })],
  ]

  test.each(cases)('with %s: %s', async (_name, reason, make) => {
    const alice = await world.signedIn()
    const answer = await send(make())
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([400, 'no-store'])
    expect(await answer.json()).toEqual({ error: 'invalid_request' })
    expect(world.audit.at(-1)).toEqual({ event: 'back_channel_logout_refused', requestId: 'a-request', reason })
    expect(ended).toEqual([])
    expect(await whoIs(alice)).toBe('alice')
    // The token's `jti` is not marked as used.
    expect(await world.keys('logout-token:*')).toEqual([])
  })

  test('with the ID token of the sign-in', async () => {
    const alice = await world.signedIn()
    const { idToken } = await tokensIn(world, alice)
    expect((await send(idToken)).status).toBe(400)
    expect(await whoIs(alice)).toBe('alice')
  })

  test('with another body: none, JSON, two tokens, too much', async () => {
    const alice = await world.signedIn()
    const good = token()
    const twice: [string, string][] = [
      ['logout_token', good],
      ['logout_token', good],
    ]
    expect((await logOut('')).status).toBe(400)
    expect((await logOut(JSON.stringify({ logout_token: good }), 'application/json')).status).toBe(400)
    expect((await logOut(twice)).status).toBe(400)
    expect((await logOut([['logout_token', 'a'.repeat(20_000)]])).status).toBe(413)
    const eleven = Array.from({ length: 11 }, (): [string, string] => ['a', ''])
    expect((await logOut(eleven)).status).toBe(413)
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const answer = await fetch(new URL(`${PATH}?logout_token=${good}`, world.replicas[0].url), { method })
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST'])
    }
    expect(ended).toEqual([])
    expect(await whoIs(alice)).toBe('alice')
    // Ten fields are not too many.
    const ten = [...eleven.slice(2), ['logout_token', good] as [string, string]]
    expect((await logOut(ten)).status).toBe(200)
  })

  test('with a token that was used before, on any replica', async () => {
    await world.signedIn()
    const once = token()
    expect((await send(once)).status).toBe(200)
    const again = await world.signedIn()
    expect((await send(once)).status).toBe(400)
    expect(world.audit.at(-1)).toMatchObject({ event: 'back_channel_logout_refused', reason: 'replayed' })
    expect(await whoIs(again)).toBe('alice')
  })
})

test('ends all of the user’s user sessions on every replica, with their tokens, and no other user’s', async () => {
  const [laptop, phone, bob] = [await world.signedIn(), await world.signedIn(), await world.signedIn('bob')]
  const refs = [await refOf(laptop), await refOf(phone)].sort()
  world.audit.length = 0
  const answer = await send(token())
  expect([answer.status, answer.headers.get('cache-control'), await answer.text()]).toEqual([200, 'no-store', ''])
  for (const replica of [0, 1])
    expect([await whoIs(laptop, replica), await whoIs(phone, replica), await whoIs(bob, replica)]).toEqual([
      401,
      401,
      'bob',
    ])
  expect([...ended].sort()).toEqual(refs)
  expect(await world.keys('user-tokens:*')).toHaveLength(1)
  const audited = world.audit.flatMap((event) => (event.event === 'signed_out_by_issuer' ? [event] : []))
  expect(audited.map(({ userSession }) => userSession).sort()).toEqual(refs)
  expect(new Set(audited.map(({ requestId }) => requestId))).toEqual(new Set(['a-request']))
})

test.each([
  ['its session', (sid: string) => ({ sub: undefined, sid })],
  ['its session and its user', (sid: string) => ({ sid })],
])('ends the user session of one session at the issuer, named by %s, and no other', async (_name, named) => {
  const [laptop, phone] = [await world.signedIn(), await world.signedIn()]
  const sid = await sidOf(laptop)
  expect(sid).not.toBe(await sidOf(phone))
  expect((await send(token(named(sid)))).status).toBe(200)
  expect([await whoIs(laptop), await whoIs(phone)]).toEqual([401, 'alice'])
})

test('ends nothing when the session is another user’s', async () => {
  const [alice, bob] = [await world.signedIn(), await world.signedIn('bob')]
  expect((await send(token({ sub: 'bob', sid: await sidOf(alice) }))).status).toBe(200)
  expect([await whoIs(alice), await whoIs(bob)]).toEqual(['alice', 'bob'])
  expect(ended).toEqual([])
})

test('can be repeated when Redis failed in between', async () => {
  const alice = await world.signedIn()
  const key = userSessionsOfUserKey(userRef({ issuer: world.issuer.url, subject: 'alice' }))
  const real = await world.redis.dumpBuffer(key)
  await world.redis.set(key, 'not a set')
  const wanted = token()
  const failed = await send(wanted)
  expect([failed.status, await failed.json()]).toEqual([400, { error: 'temporarily_unavailable' }])
  expect(await whoIs(alice)).toBe('alice')
  expect(world.matching('a logout of the issuer failed here')[0]?.text).toContain("requestId: 'a-request'")
  expect(world.audit.map(({ event }) => event)).toEqual(['signed_in'])
  await world.redis.restore(key, 100_000, real, 'REPLACE')
  expect((await send(wanted)).status).toBe(200)
  expect(await whoIs(alice)).toBe(401)
})

test.each([
  ['a genuine token', () => token()],
  // The limit is counted in Redis.
  ['a token that is refused', () => 'not a token'],
])('asks the issuer to repeat %s while Redis is away', async (_name, make) => {
  const away = await world.redisServer.connect()
  const limitBackChannelLogout = async () => void (await away.ping())
  const { url } = await world.replica({ redis: away, limitBackChannelLogout })
  away.disconnect()
  const answer = await send(make(), url)
  expect([answer.status, await answer.json()]).toEqual([400, { error: 'temporarily_unavailable' }])
  expect(world.matching('a logout of the issuer failed here')).toHaveLength(1)
  expect(world.audit).toEqual([])
})

test('fails visibly when the issuer’s keys cannot be read', async () => {
  const alice = await world.signedIn()
  const wanted = token()
  // The other replicas may have read the keys already.
  const { url } = await world.replica()
  world.issuer.goOffline()
  try {
    const answer = await send(wanted, url)
    expect([answer.status, await answer.json()]).toEqual([400, { error: 'temporarily_unavailable' }])
    expect(world.audit.at(-1)).toMatchObject({ reason: 'issuer-unavailable' })
  } finally {
    world.issuer.goOnline()
  }
  expect(await whoIs(alice)).toBe('alice')
})

test('has no route when it is not switched on', async () => {
  const off = await world.replica({ issuerEndsSessions: false })
  const body = new URLSearchParams({ logout_token: token() })
  const answer = await fetch(new URL(PATH, off.url), { method: 'POST', body })
  // The test app's answer for other paths.
  expect([answer.status, await answer.text()]).toEqual([200, 'a page'])
  const alice = await world.signedIn('alice', [off])
  expect(await whoIs(alice)).toBe('alice')
})
