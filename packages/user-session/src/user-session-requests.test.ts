import { USER_SESSION_COOKIE, userSessionKey } from '@agent-identity/contracts'
import { ApiError } from '@agent-identity/service-runtime'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import type { Request } from 'express'
import { keyRing } from './test-support/key-ring.ts'
import {
  ABSOLUTE_SECONDS,
  begin,
  current,
  end,
  IDLE_SECONDS,
  type SessionWorld,
  startSessionWorld,
} from './test-support/session-app.ts'
import { isTrustworthyOrigin } from './trustworthy-origin.ts'
import type { UserSessions } from './user-sessions.ts'

let world: SessionWorld
beforeAll(async () => {
  world = await startSessionWorld()
})
beforeEach(() => world.reset())
afterAll(() => world.stop())

const change = (_sessions: UserSessions, request: Request) => {
  Object.assign(request.session, { seen: true })
}

test('the cookie has 256 random bits and a signature, is bound to the host, and ends with the browser', async () => {
  const { ask } = await world.app()
  const [[cookie = '', ...others], again] = [(await ask(begin())).sent, (await ask(begin())).sent]
  const [, id = '', attributes] = /^__Host-user-session=s%3A([\w-]+)\.[^;]+; (.*)$/.exec(cookie) ?? []
  expect(others).toEqual([])
  expect(Buffer.from(id, 'base64url')).toHaveLength(32)
  expect(attributes?.split('; ').sort()).toEqual(['HttpOnly', 'Path=/', 'SameSite=Lax', 'Secure'])
  expect(again[0]).not.toContain(id)
})

test('a user session that ends while a request is under way is not current any more', async () => {
  const { ask } = await world.app()
  const { ref } = (await ask(begin())).body.session
  const { body } = await ask((sessions, request) => {
    const before = sessions.current(request)?.ref
    world.advance(ABSOLUTE_SECONDS)
    return [before, sessions.current(request) ?? 'ended']
  })
  expect(body).toEqual([ref, 'ended'])
})

test('a request that the middleware has not seen has no user session', async () => {
  const { sessions } = await world.app()
  const unseen = {} as Request
  expect([sessions.current(unseen), await sessions.end(unseen)]).toEqual([undefined, undefined])
})

test('a route that requires a user refuses a browser without a user session, and passes one with', async () => {
  const { ask } = await world.app()
  const passed = (sessions: UserSessions, request: Request) =>
    new Promise<string>((resolve) => {
      sessions.requireUser(request, {} as never, (error?: unknown) =>
        resolve(error instanceof ApiError ? error.code : `passed${error ?? ''}`),
      )
    })
  expect((await ask(passed)).body).toBe('not_signed_in')
  await ask(begin())
  expect((await ask(passed)).body).toBe('passed')
})

test.each([
  ['less than a tenth of its idle time has passed', 950, '/', 950],
  ['the page has asked without its user', 500, '/unattended', 500],
  ['a tenth of its idle time has passed', 900, '/', 1_000],
])('%s: of %d seconds a request to %s leaves %d', async (_when, left, path, expected) => {
  const { ask } = await world.app({ isUnattended: (request) => request.path === '/unattended' })
  const { session } = (await ask(begin())).body
  await world.redis.expire(userSessionKey(session.ref), left)
  world.advance(IDLE_SECONDS - left)
  const extendedBy = expected > left ? (IDLE_SECONDS - left) * 1_000 : 0
  expect((await ask(current, path)).body).toEqual({ ...session, idleEndsAt: (session.idleEndsAt ?? 0) + extendedBy })
  expect(expected - (await world.redis.ttl(userSessionKey(session.ref)))).toBeLessThan(60)
  expect(await world.redis.ttl(userSessionKey(session.ref))).toBeLessThanOrEqual(expected)
})

test('a request that changes the session keeps the user session, and creates none for a browser without one', async () => {
  const { ask } = await world.app()
  expect(await ask(change)).toMatchObject({ status: 200, body: null })
  expect(await world.redis.keys('*')).toEqual([])
  const { session } = (await ask(begin())).body
  expect((await ask(change)).status).toBe(200)
  expect((await ask(current)).body).toEqual(session)
})

test('a request that changes the session does not revive a user session that has ended meanwhile', async () => {
  const { ask, sessions } = await world.app()
  const { session } = (await ask(begin())).body
  await ask(async (_sessions, request) => {
    change(sessions, request)
    await sessions.endFound(session)
  })
  expect(await world.redis.keys('*')).toEqual([])
  expect((await ask(end)).body).toBeNull()
})

test('an answer for a user session is one piece: express-session does not touch the record', async () => {
  const { ask } = await world.app()
  await ask(begin())
  const { body } = await ask((_sessions, request) => typeof request.sessionStore.touch)
  expect(body).toBe('undefined')
})

test('express-session gets no cookie that does not count, and the other cookies stay', async () => {
  const { ask, setCookie } = await world.app()
  const headerOf = (_sessions: UserSessions, request: Request) => request.headers.cookie?.trim()
  for (const [sent, seen] of [
    [`${USER_SESSION_COOKIE}=forged; theme=dark`, 'theme=dark'],
    ['theme=dark', 'theme=dark'],
  ] as const) {
    setCookie(sent)
    expect((await ask(headerOf)).body).toBe(seen)
  }
  const { cookie } = await ask(begin())
  expect((await ask(headerOf)).body).toBe(cookie)
})

test.each([
  ['https://app.example', true],
  ['http://localhost:8080', true],
  ['http://127.0.0.1:8080', true],
  ['http://[::1]:8080', true],
  ['http://app.example', false],
  ['http://localhost.evil.example', false],
  ['http://10.0.0.1', false],
])('browsers keep the cookie of %s: %s', async (publicUrl, keep) => {
  expect(isTrustworthyOrigin(publicUrl)).toBe(keep)
  const made = world.app({ publicUrl, userSessionKeys: keyRing('s1', 's1') })
  await (keep ? made : expect(made).rejects.toThrow('https'))
})
