import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterAll, expect, test } from '@jest/globals'
import express, { type ErrorRequestHandler, type Response } from 'express'
import { limitDownloads } from './download-slots.ts'

const begun = new Map<string, Response>()
const answer: ErrorRequestHandler = (error, _request, response, _next) => void response.status(429).json(error.code)
const app = express()
const userOf = (request: express.Request) => String(request.query.user)
const hold: express.RequestHandler = (request, response) => {
  response.write('[')
  begun.set(userOf(request), response)
}
app.get('/', limitDownloads(userOf), hold)
app.get('/impatient', limitDownloads(userOf, { withinMs: 20 }), hold)
app.use(answer)
const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
afterAll(() => {
  server.closeAllConnections()
  server.close()
})
const ask = (user: string, path = '/') => fetch(`${origin}${path}?user=${user}`)

test('a user downloads once at a time, and two users at the most do', async () => {
  const first = await ask('alice')
  const again = await ask('alice')
  expect([first.status, again.status, again.headers.get('retry-after')]).toEqual([200, 429, '10'])
  expect((await ask('bob')).status).toBe(200)
  expect((await ask('carol')).status).toBe(429)
  const response = begun.get('alice')
  const closed = once(response as Response, 'close')
  response?.end(']')
  await closed
  expect((await ask('carol')).status).toBe(200)
  expect((await ask('alice')).status).toBe(429)
})

test('a download that takes too long is broken off, and makes room', async () => {
  // The client may learn of the end before it has read the head.
  const read = () => ask('dave', '/impatient').then(async (slow) => [slow.status, await slow.text()])
  await expect(read()).rejects.toThrow()
  await expect(read()).rejects.toThrow()
})

test('a download whose client is gone before it begins takes no slot', async () => {
  // The one that begins ends at once: a timer of minutes would outlive this file in the worker.
  const ended = { closed: true, once: (_event: string, closed: () => void) => closed(), setHeader: () => undefined }
  const limit = limitDownloads(() => 'erin')
  const passed: unknown[] = []
  const next = (error?: unknown) => passed.push(error)
  limit({} as never, ended as never, next)
  limit({} as never, { ...ended, closed: false } as never, next)
  expect(passed).toEqual([undefined])
})
