import { userSessionsOfIssuerSessionKey, userSessionsOfUserKey } from '@agent-identity/contracts'
import { browserHash, issuerSessionRef, userRef } from '@agent-identity/service-runtime'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import type { SignInFacts } from './sign-in-facts.ts'
import {
  ABSOLUTE_SECONDS,
  ALICE,
  begin,
  current,
  end,
  IDLE_SECONDS,
  type SessionWorld,
  startSessionWorld,
} from './test-support/session-app.ts'

let world: SessionWorld
beforeAll(async () => {
  world = await startSessionWorld()
})
beforeEach(() => world.reset())
afterAll(() => world.stop())

const indexOfAlice = userSessionsOfUserKey(userRef(ALICE))
const named = () => world.redis.zrange(indexOfAlice, 0, -1)

test.each<[string, SignInFacts | undefined, object]>([
  ['nothing', undefined, {}],
  ['nothing about the user', {}, {}],
  ['its session', { sid: 's' }, { issuerSession: issuerSessionRef(ALICE.issuer, 's') }],
  [
    'when the user signed in there, and that they are an administrator',
    { authenticatedAt: 5, administratorOf: 'g' },
    { authenticatedAt: 5, administratorOf: 'g' },
  ],
])('a user session has what the issuer said: %s', async (_name, facts, expected) => {
  const { ask } = await world.app()
  const { session, browserSecret, ...rest } = (await ask(begin(facts))).body
  expect(rest).toEqual({ secondsToLive: IDLE_SECONDS })
  const [{ ref }, signedInAt] = [session, world.now()]
  const [endsAt, idleEndsAt] = [signedInAt + ABSOLUTE_SECONDS * 1_000, signedInAt + IDLE_SECONDS * 1_000]
  const times = { signedInAt, endsAt, idleEndsAt }
  const own = { ref, userRef: userRef(ALICE), user: ALICE, ...times, browserHash: browserHash(browserSecret, ref) }
  expect(session).toEqual({ ...own, ...expected })
  expect((await ask(current)).body).toEqual(session)
  const { issuerSession } = session
  const indexes = [indexOfAlice, ...(issuerSession ? [userSessionsOfIssuerSessionKey(issuerSession)] : [])]
  expect((await world.redis.keys('user-sessions-of-*')).sort()).toEqual(indexes.sort())
})

test('a service in which users do not sign in begins no user session', async () => {
  const { ask } = await world.app({ absoluteSeconds: undefined } as object)
  expect(await ask(begin())).toMatchObject({
    status: 500,
    body: expect.stringContaining('absolute lifetime'),
    sent: [],
  })
  expect(await world.redis.keys('*')).toEqual([])
})

test('a user session that could not be stored leaves no cookie', async () => {
  const { ask } = await world.app({ redis: await world.restricted('no-writer', '+@all', '-set') })
  expect(await ask(begin())).toMatchObject({ status: 500, body: expect.stringContaining('NOPERM'), sent: [] })
})

test('a second sign-in replaces the first, and the index names only the second', async () => {
  const { ask } = await world.app()
  const replaced: string[] = []
  const again: ReturnType<typeof begin> = (sessions, request) =>
    sessions.begin(request, ALICE, undefined, async ({ ref }) => void replaced.push(ref))
  const first = (await ask(again)).body.session.ref
  expect(replaced).toEqual([])
  const second = (await ask(again)).body
  expect(replaced).toEqual([first])
  expect(await named()).toEqual([second.session.ref])
  const third = (await ask(begin())).body
  expect(await named()).toEqual([third.session.ref])
})

test('the user sessions of a user, and of a session at the issuer, are found, and each ends alone', async () => {
  const [laptop, phone] = [await world.app(), await world.app()]
  const one = (await laptop.ask(begin({ sid: 's' }))).body.session
  const other = (await phone.ask(begin())).body.session
  const { sessions } = laptop
  const refs = async () => (await sessions.ofUser(one.userRef)).map(({ ref }) => ref).sort()
  expect(await refs()).toEqual([one.ref, other.ref].sort())
  const found = await sessions.findEnded({ issuer: ALICE.issuer, subject: undefined, sid: 's' })
  expect(found).toEqual({ userSessions: [one], failures: [] })
  await sessions.endFound(one)
  expect([await refs(), await named()]).toEqual([[other.ref], [other.ref]])
  expect([(await laptop.ask(current)).body, (await phone.ask(current)).body]).toEqual([null, other])
})

test('signing out removes the user session from the index, and does nothing where there is none', async () => {
  const { ask } = await world.app()
  const { ref } = (await ask(begin())).body.session
  expect((await ask(end)).body).toEqual({ ref })
  expect(await world.redis.keys('*')).toEqual([])
  expect(await ask(end)).toMatchObject({ status: 200, body: null })
})

test('a user session that could not be ended is not reported as ended', async () => {
  const browser = await world.app()
  const { body, cookie } = await browser.ask(begin())
  const readOnly = await world.app({ redis: await world.restricted('reader', '+get', '+ttl') })
  readOnly.setCookie(cookie)
  expect(await readOnly.ask(end)).toMatchObject({ status: 500, body: expect.stringContaining('NOPERM') })
  expect((await browser.ask(current)).body?.ref).toBe(body.session.ref)
})
