import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { destroyUndrained } from './undrained-answers.ts'

const DRAIN_MS = 300
/** More than the socket buffers of both sides. */
const LARGE = Buffer.alloc(64 * 1024 * 1024, 'x')

let server: Server
let answer: (response: ServerResponse) => void
let clients: Socket[]
let answers: ServerResponse[]
beforeEach(async () => {
  clients = []
  answers = []
  server = createServer((_request, response) => {
    answers.push(response)
    answer(response)
  })
  destroyUndrained(server, { drainMs: DRAIN_MS, everyMs: 20 })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(async () => {
  for (const client of clients) client.destroy()
  server.closeAllConnections()
  await once(server.close(), 'close')
})

/** Reads nothing. @returns the connection and its answer. */
async function ask(): Promise<[Socket, ServerResponse]> {
  const asked = once(server, 'request')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  clients.push(client)
  client.on('error', () => undefined)
  client.pause()
  client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  await asked
  return [client, answers.at(-1) as ServerResponse]
}

test('an answer that its client does not read is destroyed with its connection', async () => {
  answer = (response) => response.end(LARGE)
  const [, response] = await ask()
  const beganAt = performance.now()
  await once(response, 'close')
  expect(response.writableFinished).toBe(false)
  expect(performance.now() - beganAt).toBeGreaterThan(DRAIN_MS / 2)
})

test('an answer that its client reads slowly is destroyed, too', async () => {
  answer = (response) => response.end(LARGE)
  const [client, response] = await ask()
  const now = setInterval(() => {
    client.once('data', () => client.pause())
    client.resume()
  }, 20)
  await once(response, 'close')
  clearInterval(now)
  expect(response.writableFinished).toBe(false)
  expect(client.bytesRead).toBeGreaterThan(0)
  expect(client.bytesRead).toBeLessThan(LARGE.length)
})

test('a stream that its client reads may last longer', async () => {
  answer = (response) => {
    const write = setInterval(() => response.write('x'.repeat(100_000)), 5)
    response.once('close', () => clearInterval(write))
    setTimeout(() => {
      clearInterval(write)
      response.end()
    }, 4 * DRAIN_MS)
  }
  const [client, response] = await ask()
  client.resume()
  await once(response, 'close')
  expect(response.writableFinished).toBe(true)
})

test('a connection that waits for its answer, or for its next request, stays open', async () => {
  answer = () => undefined
  const [client, response] = await ask()
  await new Promise((resolve) => setTimeout(resolve, 2 * DRAIN_MS))
  client.resume()
  response.end('late')
  await once(response, 'finish')
  await new Promise((resolve) => setTimeout(resolve, 2 * DRAIN_MS))
  expect(client.destroyed).toBe(false)
})
