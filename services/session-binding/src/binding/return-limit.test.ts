import type { AuditEvent, UserRef, UserSessionRef } from '@agent-identity/contracts'
import {
  clientAddress,
  createLogger,
  createRateLimits,
  listen,
  type RunningServer,
} from '@agent-identity/service-runtime'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import type { CurrentUserSession } from '@agent-identity/user-session'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import type { Request } from 'express'
import { createApp } from '../app.ts'

const OF_A_USER_SESSION = 4
const OF_AN_ADDRESS = 3
const alice = 'A'.repeat(22)
const bob = 'B'.repeat(22)
const userSessionKeys = { sealWith: 'k', keys: { k: 'k'.repeat(43) } }
const log = createLogger({ service: 'test', level: 'silent' })

let redisServer: TestRedis
let redis: ReturnType<TestRedis['connect']>
let server: RunningServer
let reads: number
let said: AuditEvent[]

beforeAll(async () => {
  redisServer = await startTestRedis()
  redis = await redisServer.ready()
})
afterAll(() => redisServer.stop())
beforeEach(async () => {
  await redis.flushall()
  reads = 0
  said = []
  const rateLimit = createRateLimits({ redis, keys: userSessionKeys })
  const unused = () => Promise.reject(new Error('not to be called'))
  const app = createApp({
    publicUrl: 'https://agent.example.com',
    health: (_request, _response, next) => next(),
    userSessions: { of: async (request) => userSessionOf(request as Request) },
    starts: {
      async read() {
        reads++
        return undefined
      },
      openIdentityArtifact: () => ({ kind: 'user-id', userId: 'x' }),
      claim: unused,
      recordOutcome: unused,
      untilOutcome: unused,
    },
    identity: { completeAuthorization: unused },
    limits: { userSession: rateLimit('return', OF_A_USER_SESSION), address: rateLimit('return', OF_AN_ADDRESS) },
    addressOf: (request) => clientAddress(request, 1),
    audit: (event) => void said.push(event),
    clock: Date.now,
    log,
  })
  server = await listen(app, { port: 0, drainSeconds: 1 })
})
afterEach(() => server.stop())

const userSessionOf = (request: Request) => {
  const ref = request.get('x-test-user-session') as UserSessionRef | undefined
  return ref && ({ ref, userRef: 'u'.repeat(22) as UserRef } as CurrentUserSession)
}

async function comesBack(headers: Record<string, string>) {
  const state = `${alice}.${'i'.repeat(22)}.${'s'.repeat(43)}`
  const query = new URLSearchParams({ state, session_id: 'urn:ietf:params:oauth:request_uri:x' })
  const answer = await fetch(`${server.url}/oauth2/session-binding?${query}`, { headers })
  const page = await answer.text()
  return {
    status: answer.status,
    outcome: /data-outcome="([^"]*)"/.exec(page)?.[1],
    retryAfter: answer.headers.get('retry-after'),
  }
}
const as = (who: string, address = '203.0.113.1') => ({ 'x-test-user-session': who, 'x-forwarded-for': address })
const anonymous = (address: string) => ({ 'x-forwarded-for': address })

test('a user session beyond its limit is rejected without effect, and others are not', async () => {
  for (let n = 0; n < OF_A_USER_SESSION; n++)
    expect(await comesBack(as(bob))).toMatchObject({ status: 403, outcome: 'not_recognized', retryAfter: null })
  const before = { reads, said: said.length }
  expect(before).toEqual({ reads: OF_A_USER_SESSION, said: OF_A_USER_SESSION })

  for (let n = 0; n < 3; n++) {
    const { status, outcome, retryAfter } = await comesBack(as(bob))
    expect({ status, outcome }).toEqual({ status: 503, outcome: 'try_again' })
    expect(Number(retryAfter)).toBeGreaterThan(0)
  }
  expect(await comesBack(as(bob, '203.0.113.99'))).toMatchObject({ status: 503 })
  expect({ reads, said: said.length }).toEqual(before)

  expect(await comesBack(as(alice))).toMatchObject({ status: 403 })
})

test('browsers without a user session are counted by their address, and users of that address are not', async () => {
  for (let n = 0; n < OF_AN_ADDRESS; n++)
    expect(await comesBack(anonymous('203.0.113.1'))).toMatchObject({ status: 401, outcome: 'not_signed_in' })
  expect(await comesBack(anonymous('203.0.113.1'))).toMatchObject({ status: 503, outcome: 'try_again' })
  expect(await comesBack(anonymous('203.0.113.2'))).toMatchObject({ status: 401 })
  expect(await comesBack(as(alice, '203.0.113.1'))).toMatchObject({ status: 403 })
  // Beyond the limit no authorization is read.
  expect(reads).toBe(OF_AN_ADDRESS + 2)
})

test('a forged X-Forwarded-For neither avoids the count nor adds to another address', async () => {
  for (let n = 0; n < OF_AN_ADDRESS; n++)
    expect(await comesBack(anonymous(`198.51.100.${n}, 203.0.113.1`))).toMatchObject({ status: 401 })
  expect(await comesBack(anonymous('198.51.100.200, 203.0.113.1'))).toMatchObject({ status: 503 })
  expect(await comesBack(anonymous('198.51.100.0'))).toMatchObject({ status: 401 })
})

test('while Redis is away all returns are rejected, but not as too many', async () => {
  const { kill, start } = redisServer
  await kill()
  for (const who of [as(alice), anonymous('203.0.113.1')])
    expect(await comesBack(who)).toMatchObject({ status: 503, outcome: 'try_again', retryAfter: null })
  expect([reads, said]).toEqual([0, []])
  await start()
  if (redis.status !== 'ready') await new Promise((resolve) => redis.once('ready', resolve))
})
