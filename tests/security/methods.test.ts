import { describe, expect, test } from '@jest/globals'
import { attacksOn, type Waiting } from '../support/attack.ts'
import { outcomeOf } from '../support/person.ts'
import { sendRaw } from '../support/raw-http.ts'
import { replicaOf, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const { waiting, spendsNothing, finishes, opened, endsIt } = attacksOn(stack)

const METHODS = ['HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY']

const OVERRIDES: [string, { headers?: Record<string, string>; form?: Record<string, string>; query?: string }][] = [
  ['X-HTTP-Method-Override', { headers: { 'x-http-method-override': 'GET' } }],
  ['X-HTTP-Method', { headers: { 'x-http-method': 'GET' } }],
  ['_method in the body', { form: { _method: 'GET' } }],
  ['_method in the query', { query: '_method=GET' }],
]

async function sendsAll(victim: Waiting, url: URL, allowed: string): Promise<void> {
  const answers = [
    ...METHODS.map((method) => ({ method, options: {} as (typeof OVERRIDES)[number][1] })),
    ...OVERRIDES.map(([, options]) => ({ method: 'POST', options })),
  ]
  for (const { method, options } of answers) {
    const target = new URL(options.query ? `${url.href}&${options.query}`.replace(/^([^?]*)&/, '$1?') : url)
    const answer = await spendsNothing(victim, () =>
      victim.who.browser.send(target, {
        method,
        headers: { accept: 'text/html', 'sec-fetch-site': 'same-origin', ...options.headers },
        ...(options.form ? { form: options.form } : {}),
      }),
    )
    expect([method, answer.status, answer.headers.allow]).toEqual([method, 405, allowed])
    expect([method, answer.headers.location, answer.headers['set-cookie']]).toEqual([method, undefined, undefined])
  }
}

test('a start accepts only GET, and no override', async () => {
  const victim = await waiting()
  await sendsAll(victim, new URL(victim.startUrl, stack.app), 'GET')
  expect(await opened(victim.id)).not.toHaveProperty('browserHash')
  await finishes(victim)
})

test('a return accepts only GET, and no override: a link checker consumes nothing', async () => {
  const victim = await waiting()
  const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
  await sendsAll(victim, returnUrl, 'GET')
  await finishes(victim, returnUrl)
})

describe('one request line that two servers read differently', () => {
  test.each([
    ['an absolute address', (url: URL) => `GET ${url.href} HTTP/1.1`],
    [
      'another host in an absolute address',
      (url: URL) => `GET http://attacker.example${url.pathname}${url.search} HTTP/1.1`,
    ],
  ])('%s reaches the same checks: another user binds nothing', async (_name, line) => {
    const victim = await waiting()
    const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
    const { who } = await waiting()
    const cookie = await who.browser.jar.getCookieString(stack.app)
    const { received } = await endsIt(returnUrl, () =>
      sendRaw(
        replicaOf(stack, 'session-binding', 0),
        `${line(returnUrl)}\r\nHost: ${returnUrl.host}\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`,
      ),
    )
    expect(received).toMatch(/^HTTP\/1\.1 403 /)
    expect(received).toContain('data-outcome="not_recognized"')
    await finishes(victim)
  })

  test('another spelling of the path is either the same route, with the same checks, or none', async () => {
    const victim = await waiting()
    const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
    const { who } = await waiting()
    const paths = [
      '/oauth2/session-binding/',
      '/oauth2//session-binding',
      '/oauth2/SESSION-BINDING',
      '/oauth2/%73ession-binding',
      '/oauth2/session-binding/..',
      '/oauth2/session-binding/assets/../',
      '/oauth2/session-binding;jsessionid=1',
    ]
    // One of them is the same route: there, the authorization has left its browser.
    await endsIt(returnUrl, async () => {
      for (const path of paths) {
        const url = new URL(`${path}${returnUrl.search}`, stack.app)
        const answer = await who.browser.send(url, { headers: { accept: 'text/html' } })
        expect([path, answer.status === 404 || outcomeOf(answer) === 'not_recognized']).toEqual([path, true])
      }
    })
    await finishes(victim)
  })
})
