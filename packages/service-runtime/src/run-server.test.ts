import { once } from 'node:events'
import type { RequestListener, ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { listen, type RunningServer } from './run-server.ts'

/** A whole request arrives before these timeouts end, also on a busy machine. */
const patient = {
  headersTimeout: 100_000,
  requestTimeout: 100_000,
  drainTimeout: 100_000,
  connectionsCheckingInterval: 20,
  keepAliveTimeout: 65_000,
}
const strict = { ...patient, headersTimeout: 200, requestTimeout: 300 }
let server: RunningServer
let handled: number
const start = async (timeouts: typeof patient) => {
  server = await listen(
    (request, response) => {
      request.on('end', () => {
        handled++
        response.end('done')
      })
      request.resume()
    },
    { port: 0, drainSeconds: 1, timeouts },
  )
}
beforeEach(() => {
  handled = 0
})
afterEach(() => server.stop())

async function send(text: string): Promise<string> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  let received = ''
  socket.on('data', (chunk) => {
    received += chunk
  })
  socket.on('error', () => undefined)
  socket.write(text)
  await once(socket, 'close')
  return received
}

describe('a slow client', () => {
  test('that does not finish its headers is disconnected', async () => {
    await start(strict)
    expect(await send('GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ')).toMatch(/^HTTP\/1\.1 408 /)
    expect(handled).toBe(0)
  })

  test('that does not finish its body is disconnected', async () => {
    await start(strict)
    await send('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf')
    expect(handled).toBe(0)
  })

  test('does not delay others', async () => {
    await start(patient)
    const slow = connect(Number(new URL(server.url).port), '127.0.0.1').on('error', () => undefined)
    slow.write('GET / HTTP/1.1\r\nHost: x\r\n')
    expect((await fetch(server.url)).status).toBe(200)
    slow.destroy()
    expect(handled).toBe(1)
  })
})

test('an answer that its client does not read is destroyed', async () => {
  const [asked, large] = [Promise.withResolvers<ServerResponse>(), Buffer.alloc(64 * 1_024 * 1_024)]
  const handler: RequestListener = (_request, response) => asked.resolve(response.end(large))
  server = await listen(handler, { port: 0, drainSeconds: 1, timeouts: { ...patient, drainTimeout: 300 } })
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1').on('error', () => undefined)
  socket.pause()
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  const response = await asked.promise
  await once(response, 'close')
  expect(response.writableFinished).toBe(false)
  socket.destroy()
})

test('headers of more than 16 KiB are refused', async () => {
  await start(patient)
  const withHeader = (length: number) =>
    send(`GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Long: ${'x'.repeat(length)}\r\n\r\n`)
  expect(await withHeader(15 * 1_024)).toMatch(/^HTTP\/1\.1 200 /)
  expect(await withHeader(17 * 1_024)).toMatch(/^HTTP\/1\.1 431 /)
  expect(handled).toBe(1)
})

test('a server that stops waits for the answers under way, and not for their connections', async () => {
  const asked = Promise.withResolvers<ServerResponse>()
  server = await listen((_request, response) => asked.resolve(response), { port: 0, drainSeconds: 150 })
  // fetch keeps the connection alive.
  const answer = fetch(server.url)
  const response = await asked.promise
  const stopped = server.stop()
  response.end('done')
  expect(await (await answer).text()).toBe('done')
  await stopped
}, 60_000)
