import { connect } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { RawConnection } from '../support/raw-http.ts'
import { replicaOf, signedIn, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const host = new URL(stack.app).host
const open: { end(): void }[] = []

afterEach(() => {
  for (const connection of open.splice(0)) connection.end()
})

const SOCKETS = 200

/** When the server closes a connection, the next one takes its place. */
function holdOn(via: string, beginning: string): void {
  const connection = new RawConnection(via).send(beginning)
  open.push(connection)
  void connection.closed.then(() => {
    const at = open.indexOf(connection)
    if (at === -1) return
    open.splice(at, 1)
    holdOn(via, beginning)
  })
}

describe.each([
  ['agent-workload', replicaOf(stack, 'agent-workload', 0), '/api/session'],
  ['session-binding', replicaOf(stack, 'session-binding', 0), '/oauth2/session-binding'],
] as const)('while clients that never finish occupy %s', (_service, via, path) => {
  test.each([
    ['their headers', `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nX-Slow: `],
    [
      'their body',
      `POST /api/turns HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{`,
    ],
    ['a single letter', 'G'],
  ])('with %s, other clients get their answers', async (_what, beginning) => {
    const somebody = await signedIn(stack)
    for (let n = 0; n < SOCKETS; n++) holdOn(via, beginning)
    for (let n = 0; n < 10; n++) {
      const answer = await somebody.browser.send(new URL(path, stack.app), { via })
      expect(answer.status).toBe(path === '/api/session' ? 200 : 403)
    }
  })
})

test('a client that does not read its events does not delay others', async () => {
  const somebody = await signedIn(stack)
  const { stream, eventsUrl } = await somebody.ask('What can you do?')
  await stream.next('done')
  const cookie = await somebody.browser.jar.getCookieString(stack.app)
  const via = replicaOf(stack, 'agent-workload', 0)
  for (let n = 0; n < 50; n++) {
    const socket = connect(Number(new URL(via).port), '127.0.0.1')
    socket.on('error', () => {})
    socket.write(`GET ${eventsUrl} HTTP/1.1\r\nHost: ${host}\r\nCookie: ${cookie}\r\n\r\n`)
    socket.pause()
    open.push({ end: () => socket.destroy() })
  }
  const other = await signedIn(stack)
  const asked = await other.ask('What can you do?')
  expect(await asked.stream.answer()).toContain('I can')
})

test('an event stream refuses HEAD, whose answer would never end', async () => {
  const somebody = await signedIn(stack)
  const { stream, eventsUrl } = await somebody.ask('List my repositories')
  await stream.next('authorization_required')
  const answer = await somebody.api(eventsUrl, { method: 'HEAD' })
  expect([answer.status, answer.headers.allow]).toEqual([405, 'GET'])
  expect((await somebody.stream(eventsUrl)).status).toBe(200)
})
