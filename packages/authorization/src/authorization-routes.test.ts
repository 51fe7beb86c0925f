import { BROWSER_BINDING_COOKIE, type UserRef } from '@agent-identity/contracts'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import {
  about,
  actor,
  authorizationUrl,
  id,
  NOW,
  other,
  pending,
  serveAuthorizationRoutes,
} from './test-support/authorization-routes.ts'

const { world, server, send, start } = await serveAuthorizationRoutes()
afterAll(() => server.stop())
beforeEach(() => world.begin())

describe('a start', () => {
  test('redirects the browser in which its user signed in, to AgentCore, and is audited', async () => {
    expect(await start()).toMatchObject({ status: 303, location: authorizationUrl })
    expect(world.done).toEqual(['start true true ask', 'at rest true github', 'starts github repo user'])
    expect(world.said).toEqual([
      { event: 'authorization_started', requestId: expect.any(String), ...actor, authorizationId: id, ...about },
    ])
  })

  test.each([
    ['an invalid id', 404, 'malformed', { which: 'nonsense' }],
    ['another user session', 404, 'different-user-session', { which: `${'B'.repeat(22)}.${'i'.repeat(22)}` }],
    ['a missing record', 404, 'unknown-authorization', { record: undefined }],
    ['another user', 404, 'different-user', { record: { ...pending, owner: 'b'.repeat(22) as UserRef } }],
    ['what has settled', 409, 'settled', { record: { ...pending, status: 'cancelled' as const } }],
    ['an expired one', 409, 'settled', { record: { ...pending, expiresAt: NOW } }],
    ['a browser without the cookie', 404, 'different-browser', { headers: { cookie: 'another=1' } }],
    [
      'another browser',
      404,
      'different-browser',
      { headers: { cookie: `${BROWSER_BINDING_COOKIE}=${'t'.repeat(43)}` } },
    ],
  ])('of %s is refused (%i), reveals nothing, and is audited with its reason', async (_name, status, reason, given) => {
    if ('record' in given) world.record = given.record
    const which = 'which' in given ? given.which : id
    const tried = reason === 'malformed' ? undefined : which
    const answer = await start('headers' in given ? given.headers : {}, which)
    expect(answer).toMatchObject({ status, location: null })
    expect(world.done).toEqual([])
    expect(world.reasons()).toEqual([reason])
    const event = { event: 'start_refused', requestId: expect.any(String), ...actor, reason }
    const known = reason === 'different-browser' || reason === 'settled' || reason === 'different-user'
    expect(world.said[0]).toEqual({ ...event, authorizationId: tried, ...(known && about) })
    // A refusal changes nothing: while the authorization is pending, the rightful browser can start it.
    world.record = pending
    expect((await start()).status).toBe(303)
  })

  test.each([
    ['different-browser', 404],
    ['settled', 409],
  ] as const)('that Redis answers with %s, after the checks of the route, is refused (%i)', async (outcome, status) => {
    world.begun = { outcome }
    expect(await start()).toMatchObject({ status, location: null })
    expect(world.reasons()).toEqual([outcome])
  })

  test.each([
    ['text/html', 'text/html; charset=utf-8'],
    ['application/json', 'application/problem+json; charset=utf-8'],
    ['*/*', 'application/problem+json; charset=utf-8'],
  ])('beside another consent that is open is 409 for %s, as %s', async (accept, type) => {
    world.begun = { outcome: 'other-consent-open', open: { id: other, record: pending, startedAt: NOW } }
    expect(await start({ accept })).toMatchObject({ status: 409, location: null, type })
    expect(world.said).toEqual([
      expect.objectContaining({ event: 'start_refused', reason: 'other-consent-open', authorizationId: id, ...about }),
    ])
  })

  test.each([
    [undefined, {}],
    [{ login: 'alice' }, { parameters: { login: 'alice' } }],
  ])('marks what the vault has with the parameters %j', async (parameters, marked) => {
    world.record = { ...pending, parameters }
    await start()
    expect(world.marked).toEqual([{ scopes: 'repo user', ...marked }])
  })

  test('redirects only to AgentCore', async () => {
    world.begun = { outcome: 'started', authorizationUrl: 'https://elsewhere.example' }
    expect(await start()).toMatchObject({ status: 500, location: null })
    expect(world.said).toEqual([])
  })

  test('does not redirect before the connection says that a consent is under way', async () => {
    world.redisIsAway = true
    expect(await start()).toMatchObject({ status: 500, location: null })
    world.redisIsAway = false
    expect((await start()).status).toBe(303)
  })

  test('is a GET', async () => {
    for (const method of ['HEAD', 'POST', 'PUT'])
      expect(await send(`/authorizations/${id}/start`, method)).toMatchObject({
        status: 405,
        location: null,
        allow: 'GET',
      })
    expect(world.done).toEqual([])
  })

  test('instead of another one notifies the turns that wait for that one', async () => {
    const requestId = expect.any(String)
    world.begun = { outcome: 'started', authorizationUrl, setAside: { id: other, record: pending, startedAt: NOW } }
    expect((await send(`/authorizations/${id}/start-instead`, 'POST')).status).toBe(303)
    expect(world.done).toEqual([
      'start true true instead',
      `set aside ${other}`,
      'at rest true github',
      'starts github repo user',
    ])
    expect(world.said).toEqual([
      { event: 'authorization_set_aside', requestId, ...actor, authorizationId: other, ...about, instead: id },
      { event: 'authorization_started', requestId, ...actor, authorizationId: id, ...about },
    ])
    const forged = { 'sec-fetch-site': 'cross-site' }
    expect((await send(`/authorizations/${id}/start-instead`, 'POST', forged)).status).toBe(403)
    expect(world.reasons().slice(2)).toEqual(['another-site'])
    expect(await send(`/authorizations/${id}/start-instead`)).toMatchObject({ status: 405, allow: 'POST' })
    expect(world.done).toHaveLength(4)
  })
})

describe('a cancellation', () => {
  const cancel = (which: string = id, headers = {}) => send(`/api/authorizations/${which}`, 'DELETE', headers)

  test('ends it, notifies the replicas, and is audited', async () => {
    expect((await cancel()).status).toBe(204)
    expect(world.done).toEqual([`cancelled ${id}`, `notify ${id}`])
    expect(world.said).toEqual([
      { event: 'cancelled', requestId: expect.any(String), ...actor, authorizationId: id, ...about },
    ])
  })

  test('of another user session’s or a settled one, from another site or without a user session does nothing', async () => {
    expect((await cancel(`${'B'.repeat(22)}.${'i'.repeat(22)}`)).status).toBe(404)
    expect((await cancel(id, { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    world.ends = false
    expect((await cancel()).status).toBe(409)
    world.signedIn = false
    expect((await cancel()).status).toBe(401)
    expect(await send(`/api/authorizations/${id}`)).toMatchObject({ status: 405, allow: 'DELETE' })
    expect([world.done, world.said]).toEqual([[], []])
  })
})
