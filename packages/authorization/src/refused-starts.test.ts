import { ApiError } from '@agent-identity/service-runtime'
import { afterAll, beforeEach, expect, test } from '@jest/globals'
import { actor, id, serveAuthorizationRoutes } from './test-support/authorization-routes.ts'

const { world, server, send, start } = await serveAuthorizationRoutes()
afterAll(() => server.stop())
beforeEach(() => world.begin())

const refused = { event: 'start_refused', requestId: expect.any(String), authorizationId: undefined }

test('a start without a user session, or from another site, is refused before anything is read', async () => {
  expect((await start({ 'sec-fetch-site': 'cross-site' })).status).toBe(403)
  world.signedIn = false
  expect((await start()).status).toBe(401)
  expect(world.said).toEqual([
    { ...refused, ...actor, reason: 'another-site' },
    { ...refused, reason: 'not-signed-in' },
  ])
  expect(world.done).toEqual([])
})

test.each([
  ['same-origin', 303],
  ['none', 303],
  ['same-site', 403],
  ['cross-site', 403],
])('a start with Sec-Fetch-Site: %s is answered with %i', async (site, status) => {
  expect((await start({ 'sec-fetch-site': site })).status).toBe(status)
  expect(world.reasons()).toEqual([status === 303 ? 'authorization_started' : 'another-site'])
})

test.each([
  ['the limit of the address is reached', 429, () => new ApiError('too_many_requests')],
  ['the limit cannot be read', 500, () => Promise.reject(new Error('Redis is away'))],
])('a start that is refused adds no line to the trail when %s (%i)', async (_when, status, limit) => {
  for (const [path, method, headers] of [
    ['start', 'GET', { 'sec-fetch-site': 'cross-site' }],
    ['start-instead', 'POST', { 'sec-fetch-site': 'cross-site' }],
    ['start', 'GET', {}],
  ] as const) {
    world.signedIn = 'sec-fetch-site' in headers
    world.limitRefused = limit()
    expect((await send(`/authorizations/${id}/${path}`, method, headers)).status).toBe(status)
  }
  expect([world.done, world.said]).toEqual([[], []])
})
