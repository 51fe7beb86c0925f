import { BROWSER_BINDING_COOKIE, USER_SESSION_COOKIE } from '@agent-identity/contracts'
import { randomToken } from '@agent-identity/service-runtime'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { attacksOn, inAnotherBrowser, withStolenCookies } from '../support/attack.ts'
import { auditLinesOf } from '../support/audit-lines.ts'
import type { Answer } from '../support/http-browser.ts'
import { Person } from '../support/person.ts'
import { cookieOf, userSessionRefOf } from '../support/redis.ts'
import { sealerOf, userSessionOf } from '../support/secrets.ts'
import { logWith, person, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const attacks = attacksOn(stack)
const { redis, waiting } = attacks

let administrator: Person
let bob: Awaited<ReturnType<typeof waiting>>
beforeAll(async () => {
  administrator = person(stack, 'carol')
  await administrator.signIn()
  bob = await waiting()
})

const userOf = async (who: Person) => (await userSessionOf(stack, who)).user

const end = (who: Person, json: object, headers: Record<string, string> = {}) =>
  who.api('/api/users/end', { method: 'POST', json, headers })

async function expectAudited(answer: Answer, reason: string): Promise<void> {
  const log = await logWith(stack, [answer])
  const of = auditLinesOf(log).filter(({ requestId }) => requestId === answer.headers['x-request-id'])
  expect(of).toEqual([expect.objectContaining({ event: 'erasure_refused', reason })])
}

const seen = ({ status, body, headers }: Answer) => ({
  status,
  type: headers['content-type'],
  body: body.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ''),
})

describe('for anybody who is no administrator the routes do not exist:', () => {
  test('a user, and a browser without a user session, get the answer of an unknown address, to POST, GET and DELETE', async () => {
    const { who } = bob
    const stranger = new Person(stack, { username: 'stranger', password: '' })
    const victim = await userOf(bob.who)
    for (const somebody of [who, stranger])
      for (const method of ['POST', 'GET', 'DELETE'])
        for (const [path, unknown] of [
          ['/api/users/end', '/api/users/and'],
          ['/users', '/usors'],
        ] as const) {
          const json = method === 'POST' ? { json: { subject: victim.subject } } : {}
          const answer = await somebody.api(path, { method, ...json })
          expect(seen(answer)).toEqual(seen(await somebody.api(unknown, { method, ...json })))
          expect(answer.status).toBe(404)
        }
    expect((await bob.who.api('/api/session')).status).toBe(200)
    await expectAudited(await end(who, { subject: victim.subject }), 'not-an-administrator')
  })

  test('a member of a group of that name at another issuer, and of another group here', async () => {
    const key = `user-session:{${await userSessionRefOf(administrator)}}`
    const before = (await redis.get(key)) ?? ''
    const sealer = sealerOf(stack, 'USER_SESSION_KEYS', 'user session')
    const own = JSON.parse(sealer.open(before, key))
    expect(own.administratorOf).toBe('administrators')
    for (const changed of [
      { ...own, user: { ...own.user, issuer: 'https://other.example' } },
      { ...own, administratorOf: 'administrators-of-elsewhere' },
      { ...own, administratorOf: undefined },
    ]) {
      await redis.set(key, sealer.seal(JSON.stringify(changed), key), 'KEEPTTL')
      expect((await end(administrator, { subject: 'x' })).status).toBe(404)
      // The user session is valid, so the reason is the group, or its issuer.
      expect((await administrator.api('/api/session')).status).toBe(200)
    }
    await redis.set(key, before, 'KEEPTTL')
    expect((await administrator.api('/users')).status).toBe(200)
  })
})

describe('an administrator is refused', () => {
  test('from another site, without JSON, and with anything that is no user', async () => {
    const { subject } = await userOf(bob.who)
    expect((await end(administrator, { subject }, { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    const form = { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } }
    expect((await administrator.api(`/api/users/end?subject=${subject}`, form)).status).toBe(415)
    for (const json of [{}, { subject: '' }, { subject: 1 }, { subject, more: 1 }, { subject, issuer: 'no url' }])
      expect((await end(administrator, json)).status).toBe(400)
    expect((await bob.who.api('/api/session')).status).toBe(200)
  })

  test('whose sign-in at the issuer is older than the limit', async () => {
    const ref = await userSessionRefOf(administrator)
    const key = `user-session:{${ref}}`
    const before = (await redis.get(key)) ?? ''
    const sealer = sealerOf(stack, 'USER_SESSION_KEYS', 'user session')
    const own = JSON.parse(sealer.open(before, key))
    expect(Math.abs(own.authenticatedAt - own.signedInAt)).toBeLessThan(60_000)
    // Only the time of the sign-in at the issuer is made older.
    const old = { ...own, authenticatedAt: own.authenticatedAt - 901_000 }
    await redis.set(key, sealer.seal(JSON.stringify(old), key), 'KEEPTTL')
    const answer = await end(administrator, { subject: (await userOf(bob.who)).subject })
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([403, 'sign_in_too_old'])
    await redis.set(key, before, 'KEEPTTL')
    expect((await bob.who.api('/api/session')).status).toBe(200)
  })
})

describe('a thief of the administrator’s user session cookie ends no user', () => {
  test.each([
    ['no browser-binding cookie', async () => undefined],
    ['their own browser-binding cookie', async () => randomToken(32)],
    ['an empty browser-binding cookie', async () => ''],
    [
      'the browser-binding cookie of another browser of the administrator',
      async () => cookieOf(await inAnotherBrowser(administrator), BROWSER_BINDING_COOKIE),
    ],
  ])('with %s', async (_name, binding) => {
    const thief = await withStolenCookies(administrator, [USER_SESSION_COOKIE])
    const value = await binding()
    if (value !== undefined)
      await thief.browser.jar.setCookie(`${BROWSER_BINDING_COOKIE}=${value}; Path=/; Secure`, stack.app)
    const { subject } = await userOf(bob.who)
    const answer = await end(thief, { subject })
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([401, 'not_signed_in'])
    await expectAudited(answer, 'different-browser')
    expect((await bob.who.api('/api/session')).status).toBe(200)
    expect((await end(administrator, { subject: 'never-seen' })).status).toBe(200)
  })
})

test('an administrator gets the same answer for a user who never signed in', async () => {
  const answer = await end(administrator, { subject: 'never-seen' })
  expect([answer.status, answer.body]).toEqual([200, '{"ended":true}'])
})
