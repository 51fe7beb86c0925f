import { afterAll, beforeAll, expect, test } from '@jest/globals'
import express from 'express'
import { healthRoutes } from './health.ts'
import type { RedisClient } from './redis-client.ts'
import { listen, type RunningServer } from './run-server.ts'

let server: RunningServer
let redisAway = false
let draining = false

beforeAll(async () => {
  const redis = { ping: async () => (redisAway ? Promise.reject(new Error('away')) : 'PONG') } as unknown as RedisClient
  const app = express()
  app.use(healthRoutes(redis, () => draining))
  app.use((_request, response) => void response.status(404).end())
  server = await listen(app, { port: 0, drainSeconds: 1 })
})
afterAll(() => server.stop())

const statusOf = async (path: string, init: RequestInit = {}) => (await fetch(server.url + path, init)).status

test('liveness depends on nothing, readiness on Redis and on not shutting down', async () => {
  const statuses = async () => [await statusOf('/healthz'), await statusOf('/readyz')]
  expect(await statuses()).toEqual([200, 200])
  redisAway = true
  expect(await statuses()).toEqual([200, 503])
  redisAway = false
  draining = true
  expect(await statuses()).toEqual([200, 503])
  draining = false
})

test.each(['/healthz', '/readyz'])('%s is answered, but not through a proxy', async (path) => {
  expect(await statusOf(path, { method: 'HEAD' })).toBe(200)
  expect(await statusOf(`${path}?from=probe`)).toBe(200)
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) expect(await statusOf(path, { method })).toBe(404)
  expect(await statusOf(path, { headers: { 'x-forwarded-for': '192.0.2.1' } })).toBe(404)
})
