import { expect, test } from '@jest/globals'
import { attacksOn } from '../support/attack.ts'
import { sendRaw } from '../support/raw-http.ts'
import { replicaOf, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const { waiting, spendsNothing, finishes } = attacksOn(stack)
const host = new URL(stack.app).host

const PLACES = [
  ['the load balancer', stack.app],
  ['agent-workload', replicaOf(stack, 'agent-workload', 0)],
  ['session-binding', replicaOf(stack, 'session-binding', 0)],
] as const

const hidden = (cookie: string) =>
  [
    `POST /auth/sign-out HTTP/1.1\r\nHost: ${host}\r\nCookie: ${cookie}\r\nSec-Fetch-Site: same-origin`,
    'Content-Length: 0\r\nConnection: close\r\n\r\n',
  ].join('\r\n')

/** A request to a route that needs no authentication. */
const framed = (headers: readonly string[], body: string) =>
  [`POST /auth/signed-out HTTP/1.1`, `Host: ${host}`, ...headers, '', body].join('\r\n')

const TRICKS: Record<string, (smuggled: string) => string> = {
  'two lengths': (s) => framed([`Content-Length: ${s.length}`, 'Content-Length: 0'], s),
  'two lengths in one': (s) => framed([`Content-Length: 0, ${s.length}`], s),
  'a length and chunks': (s) =>
    framed([`Content-Length: ${s.length + 5}`, 'Transfer-Encoding: chunked'], `0\r\n\r\n${s}`),
  'chunks and a length': (s) => framed(['Transfer-Encoding: chunked', 'Content-Length: 4'], `0\r\n\r\n${s}`),
  'chunks and no chunks': (s) => framed(['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'], `0\r\n\r\n${s}`),
  'chunks that are not the last coding': (s) => framed(['Transfer-Encoding: chunked, identity'], `0\r\n\r\n${s}`),
  'an unknown coding': (s) => framed(['Transfer-Encoding: xchunked'], `0\r\n\r\n${s}`),
  'a space before the colon': (s) => framed(['Transfer-Encoding : chunked'], `0\r\n\r\n${s}`),
  'a folded header': (s) =>
    framed([`X-Folded: a\r\n Content-Length: ${s.length}`, 'Transfer-Encoding:\r\n chunked'], s),
  'a length with a sign': (s) => framed([`Content-Length: +${s.length}`], s),
  'a length in hexadecimal': (s) => framed([`Content-Length: 0x${s.length.toString(16)}`], s),
  'a negative length': (s) => framed(['Content-Length: -1'], s),
  'a chunk with a false size': (s) => framed(['Transfer-Encoding: chunked'], `x\r\n${s}\r\n0\r\n\r\n`),
  'a chunk ended by a line feed alone': (s) => framed(['Transfer-Encoding: chunked'], `1\nx\n0\n\n${s}`),
  'a header ended by a carriage return alone': (s) => framed([`X-Bare: a\rContent-Length: ${s.length}`], s),
  'a header ended by a line feed alone': (s) => framed([`X-Bare: a\nContent-Length : ${s.length}`], s),
  'a NUL in a header': (s) => framed(['X-Nul: a\0b'], s),
}

test.each(PLACES)(
  '%s refuses a request with an ambiguous end, and closes: the hidden request is not executed',
  async (_name, url) => {
    const victim = await waiting()
    const cookie = await victim.who.browser.jar.getCookieString(stack.app)
    await spendsNothing(victim, async () => {
      for (const [what, request] of Object.entries(TRICKS)) {
        const { statuses } = await sendRaw(url, request(hidden(cookie)))
        // A server may answer before it finds an error after the headers.
        expect([what, statuses]).toEqual([what, [expect.any(Number)]])
        expect([what, [400, 404, 405].includes(statuses[0] ?? 0)]).toEqual([what, true])
        expect([what, (await victim.who.api('/api/session')).status]).toEqual([what, 200])
      }
    })
    await finishes(victim)
  },
)

test('with correct headers, the second request is executed: the attack above is a real one', async () => {
  const victim = await waiting()
  const cookie = await victim.who.browser.jar.getCookieString(stack.app)
  const { statuses } = await sendRaw(
    replicaOf(stack, 'agent-workload', 0),
    framed(['Content-Length: 0'], hidden(cookie)),
  )
  expect(statuses).toEqual([405, 303])
  expect((await victim.who.api('/api/session')).status).toBe(401)
})
