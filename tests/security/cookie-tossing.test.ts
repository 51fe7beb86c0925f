import { BROWSER_BINDING_COOKIE, USER_SESSION_COOKIE } from '@agent-identity/contracts'
import { randomToken } from '@agent-identity/service-runtime'
import { expect, test } from '@jest/globals'
import { attacksOn, expectNotRecognized, type Waiting } from '../support/attack.ts'
import { outcomeOf } from '../support/person.ts'
import { cookieOf } from '../support/redis.ts'
import { signedIn, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const { waiting, spendsNothing, endsIt, finishes, opened } = attacksOn(stack)

const cookiesOf = ({ who }: Waiting) => who.browser.jar.getCookieString(stack.app)
const returnWith = ({ who }: Waiting, url: URL, cookie: string) =>
  who.browser.send(url, { headers: { accept: 'text/html', cookie } })

const theirs = randomToken(32)
const tossed: [string, (cookies: string) => string][] = [
  ['in front', (cookies) => `${BROWSER_BINDING_COOKIE}=${theirs}; ${cookies}`],
  ['behind', (cookies) => `${cookies}; ${BROWSER_BINDING_COOKIE}=${theirs}`],
  ['without a space', (cookies) => `${cookies};${BROWSER_BINDING_COOKIE}=${theirs}`],
  ['with a tab in front', (cookies) => `${cookies};\t${BROWSER_BINDING_COOKIE}=${theirs}`],
  ['without a value', (cookies) => `${BROWSER_BINDING_COOKIE}=; ${cookies}`],
]

test.each(tossed)('with a second browser-binding cookie, %s, neither counts: nothing is bound', async (_name, toss) => {
  const victim = await waiting()
  const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
  const cookies = toss(await cookiesOf(victim))
  expectNotRecognized(await endsIt(returnUrl, () => returnWith(victim, returnUrl, cookies)))
  await finishes(victim)
})

test.each(tossed)(
  'with a second browser-binding cookie, %s, the start returns no authorization URL',
  async (_name, toss) => {
    const victim = await waiting()
    const cookie = toss(await cookiesOf(victim))
    const start = await spendsNothing(victim, () =>
      victim.who.browser.send(new URL(victim.startUrl, stack.app), { headers: { cookie } }),
    )
    expect([start.status, start.headers.location, start.headers['set-cookie']]).toEqual([404, undefined, undefined])
    await finishes(victim)
  },
)

test('with a second user session cookie neither counts: there is no user session', async () => {
  const victim = await waiting()
  const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
  const attacker = await signedIn(stack)
  const theirSession = `${USER_SESSION_COOKIE}=${await cookieOf(attacker, USER_SESSION_COOKIE)}`
  const cookies = await cookiesOf(victim)
  for (const both of [`${theirSession}; ${cookies}`, `${cookies}; ${theirSession}`]) {
    const answer = await endsIt(returnUrl, () => returnWith(victim, returnUrl, both))
    expect([answer.status, outcomeOf(answer)]).toEqual([401, 'not_signed_in'])
  }
  await finishes(victim)
})

test('cookies of a sibling host that only look like ours lock no user out', async () => {
  const victim = await waiting()
  const start = await victim.who.browser.send(new URL(victim.startUrl, stack.app), {
    headers: { cookie: `${await cookiesOf(victim)}; x${BROWSER_BINDING_COOKIE}=${theirs}` },
  })
  expect(start.status).toBe(303)
  const { browserHash } = await opened(victim.id)
  const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
  expect(await opened(victim.id)).toMatchObject({ browserHash })
  const cookies = [
    `x${BROWSER_BINDING_COOKIE}=${theirs}`,
    `tracking=${BROWSER_BINDING_COOKIE}=${theirs}`,
    `${BROWSER_BINDING_COOKIE.toLowerCase()}=${theirs}`,
    await cookiesOf(victim),
    `x${USER_SESSION_COOKIE}=${theirs}`,
  ].join('; ')
  expect(outcomeOf(await returnWith(victim, returnUrl, cookies))).toBe('bound')
  expect(await victim.stream.answer()).toContain(victim.who.username)
})
