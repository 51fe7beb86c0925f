import { gzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { sendRaw } from '../support/raw-http.ts'
import { userSessionRefOf, withRedis } from '../support/redis.ts'
import { emulatorOf, replicaOf, type Service, signedIn, somebodyNew, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const host = new URL(stack.app).host

const PLACES = [
  ['agent-workload', '/', replicaOf(stack, 'agent-workload', 0)],
  ['session-binding', '/oauth2/session-binding', replicaOf(stack, 'session-binding', 0)],
  ['the load balancer', '/', stack.app],
] as const satisfies (readonly [Service | string, string, string])[]

describe.each(PLACES)('%s', (_name, path, url) => {
  const ask = (target: string, headers: readonly string[] = []) =>
    sendRaw(url, [`GET ${target} HTTP/1.1`, `Host: ${host}`, 'Connection: close', ...headers, '', ''].join('\r\n'))

  test.each<[string, string, string[]]>([
    ['an address of 64 KiB', `${path}?x=${'x'.repeat(65_536)}`, []],
    ['a path of 64 KiB', `/${'a/'.repeat(32_768)}`, []],
    ['a cookie of 64 KiB', path, [`Cookie: a=${'x'.repeat(65_536)}`]],
    ['ten thousand cookies', path, [`Cookie: ${Array.from({ length: 10_000 }, (_, n) => `c${n}=x`).join('; ')}`]],
    ['a header of 64 KiB', path, [`X-Large: ${'x'.repeat(65_536)}`]],
    ['ten thousand headers', path, Array.from({ length: 10_000 }, (_, n) => `X-${n}: x`)],
    ['a header name of 64 KiB', path, [`${'x'.repeat(65_536)}: x`]],
  ])('refuses %s and goes on', async (_what, target, headers) => {
    const { statuses, received } = await ask(target, headers)
    expect([431, 414, 400]).toContain(statuses[0])
    expect(received.length).toBeLessThan(1_000)
    const { statuses: next } = await ask(path)
    expect([302, 401]).toContain(next[0])
  })

  test('answers a request just below the limits', async () => {
    const { statuses } = await ask(path, [`X-Large: ${'x'.repeat(14_000)}`])
    expect([302, 401]).toContain(statuses[0])
  })
})

test('a return from the sign-in of 8 KiB signs in', async () => {
  const somebody = await somebodyNew(stack)
  const page = await somebody.browser.navigate(stack.app)
  const isReturn = (url: URL) => url.origin === stack.app && url.pathname === '/auth/callback'
  const { username, password } = somebody
  const { url } = await somebody.browser.submit(page, { username, password }, { until: isReturn })
  // Entra ID adds such a parameter (OpenID Connect Session Management 1.0, §2).
  url.searchParams.append('session_state', '')
  const missing = 8_192 - url.search.slice(1).length
  const { status, url: landed } = await somebody.browser.navigate(`${url.href}${'x'.repeat(missing)}`)
  expect([status, landed.pathname]).toEqual([200, '/'])
  expect((await somebody.api('/api/connections')).status).toBe(200)
})

describe('a message', () => {
  const headers = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' }

  test('that is too large is refused and leaves nothing, also when it is compressed', async () => {
    const somebody = await signedIn(stack)
    const calls = (await emulatorOf(stack).calls()).length
    const memory = () => withRedis(stack, async (redis) => (await redis.keys('turn:*')).length)
    const before = await memory()
    const url = new URL('/api/turns', stack.app)
    const large = JSON.stringify({ message: 'x'.repeat(10_000_000) })
    for (const raw of [large, `{"message":"${'\\u0041'.repeat(20_000)}"}`, `${' '.repeat(60_000)}{"message":"x"}`]) {
      const answer = await somebody.browser.send(url, { method: 'POST', raw, headers })
      expect([answer.status, JSON.parse(answer.body).code]).toEqual([413, 'payload_too_large'])
    }
    const cookie = await somebody.browser.jar.getCookieString(stack.app)
    const bomb = gzipSync(large).toString('latin1')
    expect(bomb.length).toBeLessThan(20_000)
    const { statuses } = await sendRaw(
      replicaOf(stack, 'agent-workload', 0),
      [
        `POST /api/turns HTTP/1.1\r\nHost: ${host}\r\nCookie: ${cookie}\r\nConnection: close\r\nSec-Fetch-Site: same-origin`,
        `Content-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n${bomb}`,
      ].join('\r\n'),
    )
    expect(statuses).toEqual([413])
    expect(await memory()).toBe(before)
    expect(await emulatorOf(stack).calls()).toHaveLength(calls)
    expect((await somebody.postTurn({ message: 'What can you do?' })).status).toBe(202)
  })

  test('that is deeply nested is refused, and the next one is answered', async () => {
    const somebody = await signedIn(stack)
    const url = new URL('/api/turns', stack.app)
    for (const raw of [`${'['.repeat(40_000)}`, `{"message":${'['.repeat(20_000)}${']'.repeat(20_000)}}`]) {
      const answer = await somebody.browser.send(url, { method: 'POST', raw, headers })
      expect(answer.status).toBe(400)
    }
    expect((await somebody.postTurn({ message: 'What can you do?' })).status).toBe(202)
    expect(await userSessionRefOf(somebody)).toHaveLength(22)
  })
})
