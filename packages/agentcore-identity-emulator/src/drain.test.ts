import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from '@jest/globals'
import { createDrain } from './drain.ts'

async function start(onRequest: (response: ServerResponse, path: string) => void) {
  const server = createServer((request, response) => onRequest(response, request.url ?? ''))
  const { drain, carryOut } = createDrain(server, { longestCallMs: 60_000 })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { drain, carryOut, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

test('a call in progress is answered, and its connection closes; a new one is refused', async () => {
  const arrived = Promise.withResolvers<ServerResponse>()
  const { drain, url } = await start((response) => arrived.resolve(response))
  const asked = fetch(url)
  const response = await arrived.promise
  const drained = drain()
  await expect(fetch(url)).rejects.toThrow()
  response.end('whole')
  const answer = await asked
  expect(answer.headers.get('connection')).toBe('close')
  expect(await answer.text()).toBe('whole')
  await drained
})

test('an event stream ends, and so does an idle connection', async () => {
  const { drain, url } = await start((response, path) => {
    if (path === '/events') response.write('event: changed\n\n')
    else response.end()
  })
  await fetch(url)
  const events = await fetch(`${url}/events`)
  await drain()
  expect(await events.text()).toBe('event: changed\n\n')
})

test('a call whose caller has gone is carried out before the end', async () => {
  const arrived = Promise.withResolvers<ServerResponse>()
  const { drain, carryOut, url } = await start((response) => arrived.resolve(response))
  const exchange = Promise.withResolvers<void>()
  const caller = new AbortController()
  const asked = fetch(url, { signal: caller.signal })
  const response = await arrived.promise
  carryOut(exchange.promise)
  caller.abort()
  await Promise.all([once(response, 'close'), expect(asked).rejects.toThrow()])
  let ended = false
  const drained = drain().then(() => {
    ended = true
  })
  // Waits as long as a server without calls needs to drain.
  await (await start(() => {})).drain()
  expect(ended).toBe(false)
  exchange.resolve()
  await drained
})
