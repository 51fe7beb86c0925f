import { CookieHolder, navigate } from '../agentcore/navigate.ts'
import type { Assumption, Experiment } from './assumption.ts'
import { ask, describeHop, leave, makeSurroundings } from './on-the-way.ts'

const CONTINUES = '302 to the return URL with session_id'

const is = {
  set: {
    id: 'authorization-cookie',
    words: '`authorize` sets one cookie, which page scripts cannot read',
    expected: 'one cookie, HttpOnly',
  },
  attributes: {
    id: 'authorization-cookie-secure',
    words: 'That cookie is for HTTPS only where AgentCore is reached over HTTPS',
    expected: 'Secure as the address is',
  },
  without: {
    id: 'callback-without-cookie',
    words: 'The callback in a browser that has no cookie of this authorization',
    expected: `400 "1 validation error detected: Value at 'cookie' failed to satisfy constraint: Member must not be null"`,
  },
  wrong: {
    id: 'callback-with-wrong-cookie',
    words: 'The callback with a cookie of the right name and another value',
    expected: 'refused',
  },
  rightful: {
    id: 'callback-after-refusals',
    words: 'After both refusals, the callback in the browser that has the cookie',
    expected: CONTINUES,
  },
  two: {
    id: 'two-authorizations-in-one-browser',
    words: 'A second `authorize` in the same browser, before the first has come back: the first',
    expected: 'still comes back',
    option: {
      name: 'authorizationCookie',
      values: { 'still comes back': 'per-session', 'is lost': 'shared' },
    },
  },
} satisfies Record<string, Assumption>

export const authorizationCookie: Experiment = {
  name: 'the cookie between authorize and callback',
  assumptions: Object.values(is),
  async observe(trial) {
    const made = await makeSurroundings(trial)
    const one = await ask(trial, made)
    const first = await leave(one.authorizationUrl)
    for (const line of first.hop.cookies) trial.hide(/=([^;]*)/.exec(line)?.[1], 'cookie')
    const isHttps = one.authorizationUrl.startsWith('https:')

    const without = describeHop(await navigate(first.withCode))
    const wrong = await navigate(first.withCode, first.browser.forged())
    const rightful = describeHop(await first.browser.visit(first.withCode))

    const browser = new CookieHolder()
    const [earlier, later] = [await ask(trial, made), await ask(trial, made)]
    const onTheWay = await leave(earlier.authorizationUrl, browser)
    await leave(later.authorizationUrl, browser)
    const comesBack = await browser.visit(onTheWay.withCode)

    return {
      [is.set.id]: describeCookies(first.hop.cookies),
      [is.attributes.id]: first.hop.cookies.every((line) => /;\s*secure/i.test(line) === isHttps)
        ? 'Secure as the address is'
        : isHttps
          ? 'not Secure, although the address is HTTPS'
          : 'Secure, although the address is HTTP',
      [is.without.id]: without,
      [is.wrong.id]: wrong.status >= 400 && wrong.status < 500 ? 'refused' : describeHop(wrong),
      [is.rightful.id]: rightful,
      [is.two.id]: comesBack.status === 302 ? 'still comes back' : 'is lost',
    }
  },
}

function describeCookies(lines: readonly string[]): string {
  if (lines.length === 0) return 'no cookie'
  const readable = lines.filter((line) => !/;\s*httponly/i.test(line)).length
  return `${lines.length === 1 ? 'one cookie' : `${lines.length} cookies`}, ${readable === 0 ? 'HttpOnly' : 'readable by scripts'}`
}
