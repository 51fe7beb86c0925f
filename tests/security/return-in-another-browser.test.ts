import { BROWSER_BINDING_COOKIE, USER_SESSION_COOKIE } from '@agent-identity/contracts'
import { randomToken } from '@agent-identity/service-runtime'
import { expect, test } from '@jest/globals'
import { attacksOn, expectNotRecognized, inAnotherBrowser, withStolenCookies } from '../support/attack.ts'
import { stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const { waiting, spendsNothing, finishes } = attacksOn(stack)

test('the right user who finishes in another browser binds nothing', async () => {
  const victim = await waiting()
  const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
  const phone = await inAnotherBrowser(victim.who)
  expectNotRecognized(await spendsNothing(victim, () => phone.return(returnUrl)))
  await finishes(victim, returnUrl)
})

test.each([
  ['no mark of a browser', undefined],
  ['a mark of their own', randomToken(32)],
  ['an empty mark', ''],
  ['a mark that is too long', randomToken(48)],
])('a thief of the user session’s cookie with %s binds nothing', async (_name, mark) => {
  const victim = await waiting()
  const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
  const thief = await withStolenCookies(victim.who, [USER_SESSION_COOKIE])
  if (mark !== undefined)
    await thief.browser.jar.setCookie(`${BROWSER_BINDING_COOKIE}=${mark}; Path=/; Secure`, stack.app)
  expectNotRecognized(await spendsNothing(victim, () => thief.return(returnUrl)))
  await finishes(victim, returnUrl)
})

test('a thief of the user session’s cookie cannot start what was started, in another browser', async () => {
  const victim = await waiting()
  await victim.who.start(victim.startUrl)
  const thief = await withStolenCookies(victim.who, [USER_SESSION_COOKIE])
  const answer = await spendsNothing(victim, () => thief.start(victim.startUrl))
  expect([answer.status, answer.headers.location]).toEqual([404, undefined])
  expect(answer.headers['set-cookie']).toBeUndefined()
  await finishes(victim)
})

test('nobody who was never handed the authorization URL can return', async () => {
  const victim = await waiting()
  // The consent went on without us: the browser was sent to AgentCore by somebody who knew the URL.
  const elsewhere = await withStolenCookies(victim.who, [USER_SESSION_COOKIE])
  const returnUrl = await elsewhere.consentUpToReturn(victim.startUrl)
  expectNotRecognized(await spendsNothing(victim, () => victim.who.return(returnUrl)))
  // The browser that was first is the one; the other can ask for another authorization.
  await finishes({ ...victim, who: elsewhere }, returnUrl)
})
