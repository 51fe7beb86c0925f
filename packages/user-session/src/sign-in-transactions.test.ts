import { consumedSignInKey, type KeyRing, signInCookie } from '@agent-identity/contracts'
import { sha256 } from '@agent-identity/service-runtime'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { CookieOptions, Request, Response } from 'express'
import type { Redis } from 'ioredis'
import { createSignInTransactions, SIGN_IN_SECONDS, SIGN_INS_AT_ONCE } from './sign-in-transactions.ts'
import { keyRing } from './test-support/key-ring.ts'
import { type RedisServer, startRedisServer } from './test-support/redis-server.ts'

let redisServer: RedisServer
let redis: Redis
let now = 0
beforeAll(async () => {
  redisServer = await startRedisServer()
  redis = await redisServer.connect()
})
beforeEach(async () => {
  now = 1_000_000
  await redis.flushall()
})
afterAll(() => redisServer.stop())

const createTransactions = (userTokensKeys: KeyRing = keyRing('t1', 't1')) =>
  createSignInTransactions({ redis, userTokensKeys, clock: () => now })

/** A jar that keeps the order in which cookies were set, as browsers do. */
function createBrowser(transactions = createTransactions()) {
  const jar = new Map<string, string>()
  const request = () => ({ headers: { cookie: [...jar].map((pair) => pair.join('=')).join('; ') } }) as Request
  const response = {
    cookie: (name: string, value: string, _options: CookieOptions) => void jar.set(name, value),
    clearCookie: (name: string) => void jar.delete(name),
  } as unknown as Response
  return {
    jar,
    request,
    begin(returnTo = '/connections') {
      const { state, transaction } = transactions.begin(returnTo)
      transactions.give(request(), response, state, transaction)
      return { state, transaction, name: signInCookie(sha256(state)) }
    },
    find: (state: string, by = transactions) => by.find(request(), state),
    remove: (state: string) => transactions.remove(response, state),
  }
}

test('a sign-in begins with 256 random bits each, and leaves nothing in Redis', async () => {
  const browser = createBrowser()
  const [{ state, transaction }, other] = [browser.begin(), browser.begin()]
  for (const name of ['nonce', 'codeVerifier'] as const) {
    expect(Buffer.from(transaction[name], 'base64url')).toHaveLength(32)
    expect(transaction[name]).not.toBe(other.transaction[name])
  }
  expect(Buffer.from(state, 'base64url')).toHaveLength(32)
  expect(transaction).toMatchObject({ returnTo: '/connections', expiresAt: now + 600_000 })
  expect(browser.find(state)).toEqual(transaction)
  expect(await redis.keys('*')).toEqual([])
})

test('a sign-in is found until its last millisecond, and not after, although the browser still has it', () => {
  const browser = createBrowser()
  const { state, transaction, name } = browser.begin()
  now += 599_999
  expect(browser.find(state)).toEqual(transaction)
  now += 1
  expect(browser.find(state)).toBeUndefined()
  expect(browser.jar.has(name)).toBe(true)
})

describe('a sign-in is not found', () => {
  test('in a browser without it, or with another one', () => {
    const [alice, mallory] = [createBrowser(), createBrowser()]
    const { state, transaction } = alice.begin()
    expect(mallory.find(state)).toBeUndefined()
    mallory.begin()
    expect(mallory.find(state)).toBeUndefined()
    expect(alice.find(state)).toEqual(transaction)
  })

  test('under the name of another one', () => {
    const browser = createBrowser()
    const [first, second] = [browser.begin('/first'), browser.begin('/second')]
    browser.jar.set(first.name, browser.jar.get(second.name) ?? '')
    expect(browser.find(first.state)).toBeUndefined()
    expect(browser.find(second.state)).toEqual(second.transaction)
  })

  test('when a character was changed, at any place', () => {
    const browser = createBrowser()
    const { state, transaction, name } = browser.begin()
    const sealed = browser.jar.get(name) ?? ''
    // The last character of base64url may have bits that say nothing.
    for (let at = 0; at < sealed.length - 1; at++) {
      browser.jar.set(name, `${sealed.slice(0, at)}${sealed[at] === 'A' ? 'B' : 'A'}${sealed.slice(at + 1)}`)
      expect([at, browser.find(state)]).toEqual([at, undefined])
    }
    for (const value of ['', '.', 'nonsense', sealed.slice(0, 20), `${sealed}x`.repeat(3)]) {
      browser.jar.set(name, value)
      expect(browser.find(state)).toBeUndefined()
    }
    browser.jar.set(name, sealed)
    expect(browser.find(state)).toEqual(transaction)
  })

  test('when a key of another ring sealed it, under the same name', () => {
    const browser = createBrowser()
    const { state } = browser.begin()
    expect(browser.find(state, createTransactions({ sealWith: 't1', keys: { t1: 'x'.repeat(43) } }))).toBeUndefined()
  })
})

test('a sign-in of before a rotation of the keys is found while its key is in the ring', () => {
  const browser = createBrowser()
  const { state, transaction } = browser.begin()
  expect(browser.find(state, createTransactions(keyRing('t2', 't1', 't2')))).toEqual(transaction)
  expect(browser.find(state, createTransactions(keyRing('t2', 't2')))).toBeUndefined()
})

test('of two returns at the same instant, one consumes the sign-in, and Redis knows it for as long as the sign-in lasts', async () => {
  const { state } = createBrowser().begin()
  const { consume } = createTransactions()
  expect((await Promise.all([consume(state), consume(state)])).toSorted()).toEqual([false, true])
  expect(await consume(state)).toBe(false)
  const left = await redis.ttl(consumedSignInKey(sha256(state)))
  expect(left).toBeLessThanOrEqual(SIGN_IN_SECONDS)
  expect(left).toBeGreaterThan(SIGN_IN_SECONDS - 60)
})

test('a released sign-in can be consumed, once, and leaves nothing until then', async () => {
  const { state } = createBrowser().begin()
  const { consume, release } = createTransactions()
  expect(await consume(state)).toBe(true)
  await release(state)
  expect(await redis.keys('*')).toEqual([])
  expect([await consume(state), await consume(state)]).toEqual([true, false])
})

test('a browser has a few sign-ins at a time: the oldest one goes, and other cookies stay', () => {
  const browser = createBrowser()
  browser.jar.set('__Host-user-session', 'x')
  browser.jar.set('__Host-sign-in-of-somebody', 'x')
  const begun = Array.from({ length: SIGN_INS_AT_ONCE + 2 }, (_, n) => browser.begin(`/${n}`))
  expect(begun.map(({ state }) => browser.find(state)?.returnTo)).toEqual([
    ...[undefined, undefined],
    ...begun.slice(2).map(({ transaction }) => transaction.returnTo),
  ])
  expect(browser.jar.size).toBe(SIGN_INS_AT_ONCE + 2)
  for (const { state } of begun) browser.remove(state)
  expect([...browser.jar.keys()]).toEqual(['__Host-user-session', '__Host-sign-in-of-somebody'])
})

test('as many sign-ins as a browser may have, with the longest paths, leave most of the headers of a request to others', () => {
  const browser = createBrowser()
  for (let n = 0; n < SIGN_INS_AT_ONCE; n++) browser.begin(`/${'a'.repeat(511)}`)
  expect(browser.request().headers.cookie?.length).toBeLessThan(16 * 1_024 * 0.3)
  for (const [name, value] of browser.jar) expect(name.length + value.length).toBeLessThan(1_200)
})
