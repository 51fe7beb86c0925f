import { BROWSER_BINDING_COOKIE, USER_SESSION_COOKIE } from '@agent-identity/contracts'
import { randomToken } from '@agent-identity/service-runtime'
import { expect, test } from '@jest/globals'
import { attacksOn } from '../support/attack.ts'
import { outcomeOf } from '../support/person.ts'
import { stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const { waiting, spendsNothing } = attacksOn(stack)

/** In front of `__Host-`, each of these makes a name that a browser lets any sibling host set. */
const CHARACTERS = [
  ['byte A0', '\u00a0'],
  ['a percent sign', '%'],
] as const
const NAMES = [BROWSER_BINDING_COOKIE, USER_SESSION_COOKIE]

test.each(CHARACTERS)(
  'a cookie whose name is ours with %s before or after it locks no user out',
  async (_name, character) => {
    const victim = await waiting()
    const own = await victim.who.browser.jar.getCookieString(stack.app)
    const tossed = NAMES.flatMap((name) => [
      `${character}${name}=${randomToken(32)}`,
      `${name}${character}=${randomToken(32)}`,
    ])
    const cookie = [...tossed.slice(0, 2), own, ...tossed.slice(2)].join('; ')
    const start = await victim.who.browser.send(new URL(victim.startUrl, stack.app), { headers: { cookie } })
    expect(start.status).toBe(303)
    const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
    const page = await victim.who.browser.send(returnUrl, { headers: { accept: 'text/html', cookie } })
    expect([page.status, outcomeOf(page)]).toEqual([200, 'bound'])
    expect(await victim.stream.answer()).toContain(victim.who.username)
  },
)

test.each(CHARACTERS)(
  'a cookie whose name is ours with %s before it does not count: there is no user session',
  async (_name, character) => {
    const victim = await waiting()
    const own = await victim.who.browser.jar.getCookieString(stack.app)
    const cookie = own
      .split('; ')
      .map((pair) => `${character}${pair}`)
      .join('; ')
    const start = await spendsNothing(victim, () =>
      victim.who.browser.send(new URL(victim.startUrl, stack.app), { headers: { cookie } }),
    )
    expect([start.status, start.headers.location]).toEqual([401, undefined])
  },
)
