import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import express from 'express'
import type { Redis } from 'ioredis'
import { errorHandler } from './error-handler.ts'
import { createLogger } from './logger.ts'
import { createRateLimits, limitRequests, type RateLimit } from './rate-limit.ts'
import { requestLog } from './request-log.ts'
import { listen, type RunningServer } from './run-server.ts'

const PER_MINUTE = 5
const ring = (letter: string) => ({ sealWith: 'k', keys: { k: letter.repeat(43) } })
const replica = (letter = 'k') => createRateLimits({ redis, keys: ring(letter) })
const log = createLogger({ service: 'test', level: 'silent' })
const alice = 'a'.repeat(22)
const bob = 'b'.repeat(22)

let redisServer: TestRedis
let redis: Redis
let limits: [RateLimit, RateLimit]

beforeAll(async () => {
  redisServer = await startTestRedis()
  redis = await redisServer.ready()
})
afterAll(() => redisServer.stop())
beforeEach(async () => {
  await redis.flushall()
  limits = [replica()('turn', PER_MINUTE), replica()('turn', PER_MINUTE)]
})

async function use(times: number, subject = alice) {
  const answers: unknown[] = []
  for (let n = 0; n < times; n++) answers.push(await limits[n % 2 === 0 ? 0 : 1](subject))
  return answers
}

describe('a limit', () => {
  test('accepts exactly its number of requests over all replicas', async () => {
    expect(await use(PER_MINUTE)).toEqual(Array(PER_MINUTE).fill(undefined))
    for (const limit of limits) expect(await limit(alice)).toEqual({ retryAfterSeconds: expect.any(Number) })
  })

  test('of one subject does not affect another subject or another route', async () => {
    await use(PER_MINUTE + 1)
    expect(await limits[0](bob)).toBeUndefined()
    expect(await replica()('start', 1)(alice)).toBeUndefined()
  })

  test('says when it ends, and accepts requests then', async () => {
    await use(PER_MINUTE)
    const fresh = replica()('turn', PER_MINUTE)
    const { retryAfterSeconds } = (await fresh(alice)) ?? { retryAfterSeconds: 0 }
    expect(retryAfterSeconds).toBeGreaterThan(30)
    expect(retryAfterSeconds).toBeLessThanOrEqual(60)
    const [key = ''] = await redis.keys('*')
    expect(await redis.pexpire(key, 1)).toBe(1)
    while ((await redis.exists(key)) === 1);
    // A new replica has nothing in its memory.
    expect(await replica()('turn', PER_MINUTE)(alice)).toBeUndefined()
  })

  test('leaves one key, which expires with its window and identifies no user', async () => {
    await use(3)
    const keys = await redis.keys('*')
    expect(keys).toEqual([expect.stringMatching(/^rate-limit:turn:\{[\w-]{22}\}$/)])
    expect(keys[0]).not.toContain(alice)
    expect(await redis.get(keys[0] ?? '')).toBe('3')
    expect(await redis.pttl(keys[0] ?? '')).toBeGreaterThan(30_000)
    await replica('o')('turn', PER_MINUTE)(alice)
    expect(await redis.keys('*')).toHaveLength(2)
  })

  test('that is reached causes no more Redis commands of a replica that has seen it', async () => {
    await use(2 * PER_MINUTE)
    for (let n = 0; n < 100; n++) await limits[0](alice)
    // The replica that counted the last accepted request knows. The other one learns it from one more request.
    expect(Number(await redis.get((await redis.keys('*'))[0] ?? ''))).toBeLessThanOrEqual(PER_MINUTE + 1)
  })
})

describe('in front of a route', () => {
  let server: RunningServer
  let ran: number

  beforeEach(async () => {
    ran = 0
    const app = express()
    app.use(requestLog(log))
    app.get(
      '/:subject',
      limitRequests(limits[0], ({ params }) => String(params.subject)),
      (_request, response) => {
        ran++
        response.send('done')
      },
    )
    app.use(errorHandler(log))
    server = await listen(app, { port: 0, drainSeconds: 1 })
  })
  afterEach(() => server.stop())

  test('it answers 429 with Retry-After, and the route does not run', async () => {
    for (let n = 0; n < PER_MINUTE; n++) expect((await fetch(`${server.url}/${alice}`)).status).toBe(200)
    const answer = await fetch(`${server.url}/${alice}`)
    expect(answer.status).toBe(429)
    expect(await answer.json()).toMatchObject({ status: 429, code: 'too_many_requests' })
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(ran).toBe(PER_MINUTE)
    expect((await fetch(`${server.url}/${bob}`)).status).toBe(200)
  })

  test('it rejects all requests while Redis is away, and does not count them later', async () => {
    expect((await fetch(`${server.url}/${alice}`)).status).toBe(200)
    await redisServer.kill()
    for (let n = 0; n < 2 * PER_MINUTE; n++) {
      const answer = await fetch(`${server.url}/${alice}`)
      expect(answer.status).toBe(503)
      expect(await answer.json()).toMatchObject({ code: 'temporarily_unavailable' })
    }
    expect(ran).toBe(1)
    await redisServer.start()
    await new Promise((resolve) => (redis.status === 'ready' ? resolve(undefined) : redis.once('ready', resolve)))
    for (let n = 0; n < PER_MINUTE; n++) expect((await fetch(`${server.url}/${alice}`)).status).toBe(200)
  })
})
