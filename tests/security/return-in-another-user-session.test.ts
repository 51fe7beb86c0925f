import { BROWSER_BINDING_COOKIE } from '@agent-identity/contracts'
import { expect, test } from '@jest/globals'
import { attacksOn, expectNotRecognized, inAnotherBrowser } from '../support/attack.ts'
import { Person } from '../support/person.ts'
import { cookieOf } from '../support/redis.ts'
import { stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const { waiting, spendsNothing, endsIt, finishes, opened } = attacksOn(stack)

async function markBrowser(who: Person, mark: string | undefined): Promise<void> {
  await who.browser.jar.setCookie(`${BROWSER_BINDING_COOKIE}=${mark}; Path=/; Secure; HttpOnly`, stack.app)
}

test('the right user with the right browser-binding cookie, but in another user session, binds nothing', async () => {
  const victim = await waiting()
  const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
  const again = await inAnotherBrowser(victim.who)
  await markBrowser(again, await cookieOf(victim.who, BROWSER_BINDING_COOKIE))
  const start = await spendsNothing(victim, () => again.start(victim.startUrl))
  expect(start.status).toBe(404)
  expectNotRecognized(await endsIt(returnUrl, () => again.return(returnUrl)))
  await finishes(victim)
})

test('signed out and in again in the same browser: the old return binds nothing, a new one does', async () => {
  const victim = await waiting()
  const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
  const mark = await cookieOf(victim.who, BROWSER_BINDING_COOKIE)
  await victim.who.signOut()
  expect(await cookieOf(victim.who, BROWSER_BINDING_COOKIE)).toBeUndefined()
  await victim.who.signIn()
  const newMark = await cookieOf(victim.who, BROWSER_BINDING_COOKIE)
  await markBrowser(victim.who, mark)
  expect((await opened(victim.id)).status).toBe('cancelled')
  expectNotRecognized(await spendsNothing(victim, () => victim.who.return(returnUrl)))
  // The earlier cookie is invalid in this user session.
  const later = await waiting(victim.who)
  expect((await spendsNothing(later, () => victim.who.start(later.startUrl))).status).toBe(404)
  await markBrowser(victim.who, newMark)
  await finishes(later)
})

test('a second user signs in without a sign-out: the first one’s return binds neither of them', async () => {
  const victim = await waiting()
  const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
  const mark = await cookieOf(victim.who, BROWSER_BINDING_COOKIE)
  const { browserHash } = await opened(victim.id)
  const { who: other } = await waiting()
  // This browser has the victim's cookies of our origin. The issuer does not recognize it, and asks for a password.
  const same = new Person(stack, other)
  for (const cookie of await victim.who.browser.jar.getCookies(stack.app))
    await same.browser.jar.setCookie(cookie.toString(), stack.app)
  await same.signIn('/auth/sign-in')
  const newMark = await cookieOf(same, BROWSER_BINDING_COOKIE)
  expect(newMark).not.toBe(mark)
  expectNotRecognized(await spendsNothing(victim, () => same.return(returnUrl)))
  await markBrowser(same, mark)
  expectNotRecognized(await spendsNothing(victim, () => same.return(returnUrl)))
  await markBrowser(same, newMark)
  const theirs = await waiting(same)
  await finishes(theirs)
  expect((await opened(theirs.id)).browserHash).not.toBe(browserHash)
})
