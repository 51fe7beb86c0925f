import { BROWSER_BINDING_COOKIE, USER_SESSION_COOKIE } from '@agent-identity/contracts'
import { randomToken } from '@agent-identity/service-runtime'
import { describe, expect, test } from '@jest/globals'
import { attacksOn, expectNotRecognized, inAnotherBrowser, withStolenCookies } from '../support/attack.ts'
import { stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const { waiting, spendsNothing, endsIt, finishes } = attacksOn(stack)

test('the right user who finishes in another browser binds nothing', async () => {
  const victim = await waiting()
  const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
  const phone = await inAnotherBrowser(victim.who)
  expectNotRecognized(await endsIt(returnUrl, () => phone.return(returnUrl)))
  await finishes(victim)
})

test.each([
  ['no browser-binding cookie', undefined],
  ['their own browser-binding cookie', randomToken(32)],
  ['an empty browser-binding cookie', ''],
  ['a browser-binding cookie that is too long', randomToken(48)],
])('a thief of the user session’s cookie with %s binds nothing', async (_name, mark) => {
  const victim = await waiting()
  const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
  const thief = await withStolenCookies(victim.who, [USER_SESSION_COOKIE])
  if (mark !== undefined)
    await thief.browser.jar.setCookie(`${BROWSER_BINDING_COOKIE}=${mark}; Path=/; Secure`, stack.app)
  expectNotRecognized(await endsIt(returnUrl, () => thief.return(returnUrl)))
  expectNotRecognized(await endsIt(returnUrl, () => victim.who.return(returnUrl)))
  await finishes(victim)
})

describe.each([
  ['has started', true],
  ['has not started', false],
])('what its own browser %s', (_name, started) => {
  test.each([
    ['no browser-binding cookie', undefined],
    ['their own browser-binding cookie', randomToken(32)],
  ])('cannot be started by a thief of the user session’s cookie with %s', async (_who, mark) => {
    const victim = await waiting()
    if (started) await victim.who.start(victim.startUrl)
    const thief = await withStolenCookies(victim.who, [USER_SESSION_COOKIE])
    if (mark !== undefined)
      await thief.browser.jar.setCookie(`${BROWSER_BINDING_COOKIE}=${mark}; Path=/; Secure`, stack.app)
    const answer = await spendsNothing(victim, () => thief.start(victim.startUrl))
    expect([answer.status, answer.headers.location]).toEqual([404, undefined])
    expect(answer.headers['set-cookie']).toBeUndefined()
    await finishes(victim)
  })
})
