import { BROWSER_BINDING_COOKIE } from '@agent-identity/contracts'
import { expect, test } from '@jest/globals'
import { attacksOn } from '../support/attack.ts'
import { exchange } from '../support/http-browser.ts'
import { outcomeOf } from '../support/person.ts'
import { ANOTHER_FLOW } from '../support/provider-flows.ts'
import { cookieOf, forget } from '../support/redis.ts'
import { signedIn, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const { waiting, spendsNothing, finishes, emulator, opened } = attacksOn(stack)

test('started twice in one browser: two authorization URLs with an entry each, one browser binding, one consent', async () => {
  const victim = await waiting()
  const handedOver = async () => {
    const until = (url: URL) => url.origin === stack.agentcoreIdentity
    const { url } = await victim.who.start(victim.startUrl, until)
    const { browserHash, entry } = await opened(victim.id)
    return {
      binding: [await cookieOf(victim.who, BROWSER_BINDING_COOKIE), browserHash],
      own: [url.href, entry?.parameters.connection_label],
    }
  }
  const [first, second] = [await handedOver(), await handedOver()]
  expect(second.binding).toEqual(first.binding)
  for (const n of [0, 1]) expect(second.own[n]).not.toBe(first.own[n])
  await finishes(victim)
})

test('a link that is opened ten times is not opened once more, and what was opened last still finishes', async () => {
  const victim = await waiting()
  for (let n = 0; n < 9; n++) expect((await victim.who.api(victim.startUrl)).status).toBe(303)
  const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
  const { status, body } = await spendsNothing(victim, () => victim.who.api(victim.startUrl))
  expect([status, JSON.parse(body).code]).toEqual([429, 'too_many_requests'])
  await finishes(victim, returnUrl)
})

test('the answer to the first start is lost: the same browser starts again, and finishes', async () => {
  const victim = await waiting()
  const { who } = victim
  const cookie = await who.browser.jar.getCookieString(stack.app)
  const lost = await exchange(new URL(victim.startUrl, stack.app), 'GET', { host: new URL(stack.app).host, cookie })
  expect(lost.status).toBe(303)
  await finishes(victim)
})

test('started at once in two tabs: each gets an authorization URL of its own, and one consent finishes', async () => {
  const victim = await waiting()
  const until = (url: URL) => url.origin === stack.agentcoreIdentity
  const tabs = await Promise.all([1, 2].map(() => victim.who.start(victim.startUrl, until)))
  expect(tabs.map(({ status }) => status)).toEqual([303, 303])
  expect(new Set(tabs.map(({ url }) => url.href)).size).toBe(2)
  await finishes(victim)
})

test('a browser that has lost its browser-binding cookie cannot start: the page advises to ask again or to sign in again, which works', async () => {
  const victim = await waiting()
  await forget(victim.who, BROWSER_BINDING_COOKIE)
  const page = await spendsNothing(victim, () => victim.who.start(victim.startUrl))
  expect([page.status, page.headers.location, page.headers['set-cookie']]).toEqual([404, undefined, undefined])
  expect(page.body).toContain('sign out, sign in and ask again')
  await victim.who.signOut()
  await victim.who.signIn()
  await finishes(await waiting(victim.who))
})

test('two consent pages of one authorization are open: the later one finishes, the earlier one binds nothing', async () => {
  const victim = await waiting()
  const earlier = await victim.who.start(victim.startUrl)
  const later = await victim.who.start(victim.startUrl)
  const count = await emulator.counting()
  const page = await victim.who.decide(later, 'authorize')
  expect(outcomeOf(page)).toBe('bound')
  expect(await victim.stream.answer()).toContain(victim.who.username)
  const dead = await victim.who.decide(earlier, 'authorize')
  expect([dead.status, outcomeOf(dead)]).toEqual([410, 'expired'])
  expect(await count('CompleteResourceTokenAuth')).toBe(1)
})

test('two pending authorizations at once, whose returns overlap: each binds its own', async () => {
  const who = await signedIn(stack)
  const [github, calendar] = [await waiting(who), await waiting(who, ANOTHER_FLOW.question)]
  const githubs = await who.consentUpToReturn(github.startUrl)
  const calendars = await who.consentUpToReturn(calendar.startUrl)
  const count = await emulator.counting()
  const pages = await Promise.all([who.return(calendars), who.return(githubs)])
  expect(pages.map(outcomeOf)).toEqual(['bound', 'bound'])
  expect(await github.stream.answer()).toContain(`repo-of-${who.username}`)
  expect(await calendar.stream.answer()).toContain(who.username)
  expect(await count('CompleteResourceTokenAuth')).toBe(2)
})
