import { describe, expect, test } from '@jest/globals'
import { attacksOn, type Waiting } from '../support/attack.ts'
import { ANOTHER_FLOW } from '../support/provider-flows.ts'
import { withRedis } from '../support/redis.ts'
import { stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const { waiting, spendsNothing, finishes } = attacksOn(stack)

const EVIL = 'https://evil.example'

/** Headers that do not count as our own page's, in new browsers and old ones. */
const FOREIGN: Record<string, string>[] = [
  { 'sec-fetch-site': 'cross-site', origin: EVIL },
  { 'sec-fetch-site': 'cross-site', origin: 'null' },
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site', origin: 'http://localhost:1' },
  { 'sec-fetch-site': 'same-site', origin: 'null' },
  { 'sec-fetch-site': 'same-site' },
  { 'sec-fetch-site': 'none', origin: stack.app },
  { 'sec-fetch-site': 'same-origin', origin: EVIL },
  { 'sec-fetch-site': 'same-origin, cross-site', origin: stack.app },
  { 'sec-fetch-site': '', origin: EVIL },
  { origin: EVIL },
  { origin: 'null' },
  { origin: `${stack.app}.evil.example` },
  { origin: stack.app.replace('http:', 'https:') },
  { referer: `${stack.app}/` },
  {},
]

const ROUTES = [
  ['POST', () => '/auth/sign-out'],
  ['POST', () => '/api/turns'],
  ['POST', () => `/api/connections/${ANOTHER_FLOW.provider}/authorizations`],
  ['POST', ({ startUrl }: Waiting) => `${startUrl}-instead`],
  ['PUT', () => '/api/connections/github/ask-first'],
  ['POST', () => `/api/confirmations/${'c'.repeat(22)}.${'t'.repeat(11)}.${'x'.repeat(11)}`],
  ['DELETE', ({ id }: Waiting) => `/api/authorizations/${id}`],
] as const

const CONTENT_TYPES = [
  ['application/json', '{"message":"hello"}'],
  ['text/plain', '{"message":"hello"}'],
  ['application/x-www-form-urlencoded', 'message=hello'],
  [
    'multipart/form-data; boundary=x',
    '--x\r\nContent-Disposition: form-data; name="message"\r\n\r\nhello\r\n--x--\r\n',
  ],
] as const

const conversations = () => withRedis(stack, async (redis) => (await redis.keys('conversation:*')).length)

describe.each(ROUTES)('%s of a route that changes something', (method, pathOf) => {
  test('with the user’s cookies, from a page of another origin, is refused and changes nothing', async () => {
    const victim = await waiting()
    const before = await conversations()
    await spendsNothing(victim, async () => {
      for (const headers of FOREIGN)
        for (const [type, raw] of CONTENT_TYPES) {
          const url = new URL(pathOf(victim), stack.app)
          const answer = await victim.who.browser.send(url, {
            method,
            raw,
            headers: { ...headers, 'content-type': type },
          })
          expect([headers, answer.status, JSON.parse(answer.body).code]).toEqual([headers, 403, 'cross_site_request'])
          expect(answer.headers['set-cookie']).toBeUndefined()
        }
    })
    expect(await conversations()).toBe(before)
    expect((await victim.who.api('/api/session')).status).toBe(200)
    await finishes(victim)
  })

  test('by a GET, which needs no page at all, is refused and changes nothing', async () => {
    const victim = await waiting()
    await spendsNothing(victim, async () => {
      const answer = await victim.who.api(pathOf(victim))
      expect(answer.status).toBe(405)
    })
    await finishes(victim)
  })
})

test.each(['cross-site', 'same-site'])(
  'a %s page reads nothing of the API, which would count as its visitor’s reads',
  async (site) => {
    const victim = await waiting()
    const paths = ['/api/connections', '/api/connections/events', victim.eventsUrl, '/api/me/data', '/api/session']
    await spendsNothing(victim, async () => {
      for (const path of paths) {
        const headers = { 'sec-fetch-site': site }
        const answer = await victim.who.browser.send(new URL(path, stack.app), { headers })
        expect([path, answer.status, JSON.parse(answer.body).code]).toEqual([path, 403, 'cross_site_request'])
      }
    })
    await finishes(victim)
  },
)

describe('a link of another site to the sign-in', () => {
  test.each(['cross-site', 'same-site'])(
    '(%s) does not end the waiting user session, and leads to the app',
    async (site) => {
      const victim = await waiting()
      const url = new URL('/auth/sign-in?return_to=/connections', stack.app)
      await spendsNothing(victim, async () => {
        const answer = await victim.who.browser.send(url, { headers: { 'sec-fetch-site': site } })
        expect([answer.status, answer.headers.location]).toEqual([302, `${stack.app}/connections`])
        expect(answer.headers['set-cookie']).toBeUndefined()
      })
      await finishes(victim)
    },
  )

  test('works without a user session, and so does the user’s own new sign-in', async () => {
    const { who } = await waiting()
    await who.signOut()
    for (const from of [new URL(EVIL), new URL(stack.app), undefined]) {
      const { url } = await who.browser.navigate(new URL('/auth/sign-in', stack.app), {
        ...(from ? { from } : {}),
        until: ({ origin }) => origin === stack.signIn,
      })
      expect(url.pathname).toBe('/auth')
    }
  })
})
