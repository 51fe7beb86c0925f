import {
  type AuthorizationId,
  BROWSER_BINDING_COOKIE,
  startsKey,
  USER_SESSION_COOKIE,
  type UserSessionRef,
} from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import { attacksOn, inAnotherBrowser, type Waiting, withStolenCookies } from '../support/attack.ts'
import { auditLinesOf, inOrder } from '../support/audit-lines.ts'
import { ask, launchChromium, openConsent, signInAs } from '../support/chromium.ts'
import type { Answer } from '../support/http-browser.ts'
import { startOtherSite } from '../support/other-site.ts'
import type { Person } from '../support/person.ts'
import { ANOTHER_FLOW } from '../support/provider-flows.ts'
import { logOf, signedIn, somebodyNew, stackOfThisWorker } from '../support/stack.ts'
import { until } from '../support/until.ts'

const stack = stackOfThisWorker()
const { waiting, spendsNothing, finishes, emulator, opened, record, redis } = attacksOn(stack)

const PAGE = 'You are already connecting'
const insteadOf = ({ startUrl }: Waiting) => startUrl.replace(/start$/, 'start-instead')
/** The starts of a user session. */
const starts = (ref: UserSessionRef) => redis.zrange(startsKey(ref), 0, -1)

/** The browser has started the first authorization. */
async function onTheWay(): Promise<{ who: Person; first: Waiting; second: Waiting }> {
  const who = await signedIn(stack)
  const first = await waiting(who)
  const second = await waiting(who, ANOTHER_FLOW.question)
  await who.start(first.startUrl)
  return { who, first, second }
}

const goOn = (who: Person, waiting: Waiting, headers: Record<string, string> = {}): Promise<Answer> =>
  who.browser.send(new URL(insteadOf(waiting), stack.app), {
    method: 'POST',
    form: {},
    headers: { accept: 'text/html', 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate', ...headers },
  })

async function changesNothing(
  { who, first, second }: Awaited<ReturnType<typeof onTheWay>>,
  attack: () => Promise<Answer>,
): Promise<Answer> {
  const before = await starts(first.ref)
  expect(before.length).toBeGreaterThan(0)
  const count = await emulator.counting()
  const answer = await spendsNothing(first, () => spendsNothing(second, attack))
  // A browser without a user session is sent to the sign-in.
  expect(answer.headers.location ?? '/auth/sign-in').toMatch(/^\/auth\/sign-in/)
  expect(await count('authorize')).toBe(0)
  expect(await starts(first.ref)).toEqual(before)
  expect(first.stream.events.map(({ event }) => event)).not.toContain('authorization_set_aside')
  expect((await who.start(second.startUrl)).body).toContain(PAGE)
  return answer
}

describe('another user or browser', () => {
  test.each([
    ['another user', () => signedIn(stack)],
    ['the same user in another browser', inAnotherBrowser],
    ['a copy of the user session’s cookie', (who: Person) => withStolenCookies(who, [USER_SESSION_COOKIE])],
    ['a copy of the browser-binding cookie', (who: Person) => withStolenCookies(who, [BROWSER_BINDING_COOKIE])],
    ['a browser without a user session', () => somebodyNew(stack)],
  ])('as %s neither sees which consent is open nor changes it', async (_who, become) => {
    const victim = await onTheWay()
    const attacker = await become(victim.who)
    for (const attack of [
      () => attacker.browser.send(new URL(victim.second.startUrl, stack.app), { headers: { accept: 'text/html' } }),
      () => goOn(attacker, victim.second),
      () => goOn(attacker, victim.first),
    ]) {
      const answer = await changesNothing(victim, attack)
      expect([302, 401, 404]).toContain(answer.status)
      expect(answer.body).not.toMatch(/already connecting|GitHub|Google/)
    }
    await finishes(victim.first)
    await finishes(victim.second)
  })

  test('each user session has its own open consent', async () => {
    const [alice, bob] = [await onTheWay(), await waiting()]
    expect((await bob.who.start(bob.startUrl)).body).not.toContain(PAGE)
    await finishes(bob)
    await finishes(alice.first)
  })
})

describe('going on with another consent', () => {
  const FOREIGN: Record<string, string>[] = [
    { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
    { 'sec-fetch-site': 'cross-site', origin: 'null' },
    { 'sec-fetch-site': 'same-site', origin: 'http://localhost:1' },
    { 'sec-fetch-site': 'none' },
    { 'sec-fetch-site': '', origin: 'null' },
    { 'sec-fetch-site': '', origin: 'https://evil.example' },
  ]

  test('accepts only a POST of our own page', async () => {
    const victim = await onTheWay()
    for (const headers of FOREIGN) {
      const answer = await changesNothing(victim, () => goOn(victim.who, victim.second, headers))
      expect([headers, answer.status]).toEqual([headers, 403])
    }
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS']) {
      const url = new URL(insteadOf(victim.second), stack.app)
      const headers = { accept: 'text/html', 'sec-fetch-site': 'same-origin' }
      const answer = await changesNothing(victim, () => victim.who.browser.send(url, { method, headers }))
      expect([method, answer.status, answer.headers.allow]).toEqual([method, 405, 'POST'])
    }
    await finishes(victim.first)
  })

  test.each(['?instead=true', '?whenAnotherIsOpen=instead', '?instead_of=x&start-instead', '?_method=POST'])(
    'is no parameter of a start (%s)',
    async (query) => {
      const victim = await onTheWay()
      const page = await changesNothing(victim, () => victim.who.start(`${victim.second.startUrl}${query}`))
      expect([page.status, page.body.includes(PAGE)]).toEqual([409, true])
      await finishes(victim.first)
    },
  )

  test('sets nothing aside for a settled authorization', async () => {
    const victim = await onTheWay()
    await victim.who.api(`/api/authorizations/${victim.second.id}`, { method: 'DELETE' })
    const answer = await goOn(victim.who, victim.second)
    expect([answer.status, answer.headers.location]).toEqual([409, undefined])
    expect((await opened(victim.first.id)).status).toBe('pending')
    await finishes(victim.first)
  })

  test('in a browser: another site’s form is refused, with the user’s cookies or without', async () => {
    const chromium = await launchChromium()
    const somebody = await somebodyNew(stack)
    const context = await chromium.newContext()
    const chat = await context.newPage()
    await signInAs(chat, somebody)
    await ask(chat, 'What is on my calendar today and list my repositories')
    const link = chat.getByRole('link', { name: 'Connect Google Calendar' })
    const target = `${stack.app}${await link.getAttribute('href')}-instead`
    await openConsent(context, chat, somebody, 'GitHub')
    const count = await emulator.counting()
    for (const host of ['127.0.0.1', 'localhost'] as const) {
      const form = `<form method="post" action="${target}"><button>Win a prize</button></form>`
      const site = await startOtherSite(host, { '/': form })
      const page = await context.newPage()
      await page.goto(site.origin)
      const answered = page.waitForResponse((response) => response.url() === target)
      await page.getByRole('button').click()
      expect((await answered).status()).toBe(403)
      await site.close()
    }
    expect(await count('authorize')).toBe(0)
    await chromium.close()
  })
})

describe('a writer of Redis', () => {
  const HOSTILE = [
    ['another user’s start', (other: string) => other.split('.')[1] ?? ''],
    ['a start that does not exist', () => 'x'.repeat(22)],
    ['markup', () => '<script>alert(1)</script>'],
    ['another key', () => 'start:{x}:y'],
  ] as const

  test.each(HOSTILE)('who plants %s in the list of starts does not cause the page', async (_what, plant) => {
    const other = await onTheWay()
    const who = await signedIn(stack)
    const asked = await waiting(who, ANOTHER_FLOW.question)
    const theirs = (await opened(other.first.id)).id ?? ''
    await redis.zadd(startsKey(asked.ref), Date.now() + 600_000, plant(theirs))
    const before = await record(other.first.id)
    const page = await who.start(asked.startUrl)
    expect([page.status, page.body.includes(PAGE)]).toEqual([200, false])
    expect(await record(other.first.id)).toEqual(before)
    await finishes(asked)
    await finishes(other.first)
  })

  test('who replaces the list of starts causes an error, and no browser gets an authorization URL', async () => {
    const victim = await waiting()
    await redis.hset(startsKey(victim.ref), 'a', 'b')
    const answer = await spendsNothing(victim, () => victim.who.start(victim.startUrl))
    expect([answer.status, answer.headers.location]).toEqual([500, undefined])
    await redis.del(startsKey(victim.ref))
    await finishes(victim)
  })
})

test('signing out ends the open consent: the next user session of this browser starts at once', async () => {
  const { who, first } = await onTheWay()
  await who.signOut()
  expect((await opened(first.id)).status).toBe('cancelled')
  await who.signIn()
  await finishes(await waiting(who, ANOTHER_FLOW.question))
})

test('the audit trail has who saw the page, and which consent was set aside for which', async () => {
  const { who, first, second } = await onTheWay()
  const seen = await who.start(second.startUrl)
  const gone = await goOn(who, second)
  expect([seen.status, gone.status]).toEqual([409, 303])
  const about = (id: AuthorizationId) => async () =>
    inOrder(auditLinesOf(await logOf(stack))).flatMap((line) =>
      'authorizationId' in line && line.authorizationId === id && /start|aside/.test(line.event)
        ? [[line.event, 'reason' in line && line.reason, 'instead' in line && line.instead]]
        : [],
    )
  const [ofFirst, ofSecond] = [about(first.id), about(second.id)]
  await until(async () => (await ofSecond()).length >= 2)
  await until(async () => (await ofFirst()).some(([event]) => event === 'authorization_set_aside'))
  expect((await ofFirst()).slice(-1)).toEqual([['authorization_set_aside', false, second.id]])
  expect(await ofSecond()).toEqual([
    ['start_refused', 'other-consent-open', false],
    ['authorization_started', false, false],
  ])
})

test('a client that accepts JSON gets the code, and no page', async () => {
  const { who, first, second } = await onTheWay()
  const answer = await who.api(second.startUrl, { headers: { accept: 'application/json' } })
  expect([answer.status, JSON.parse(answer.body).code]).toEqual([409, 'other_consent_open'])
  expect(answer.body).not.toContain(first.id)
})
