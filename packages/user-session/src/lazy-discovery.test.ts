import { listen, type RunningServer } from '@agent-identity/service-runtime'
import { afterEach, expect, test } from '@jest/globals'
import { lazyDiscovery } from './lazy-discovery.ts'
import { createRecordedLog } from './test-support/recorded-log.ts'

let server: RunningServer | undefined
afterEach(() => server?.stop())

test('an issuer whose metadata could not be read is asked again after a second, however many requests come until then', async () => {
  let asked = 0
  let isAway = true
  server = await listen(
    (_request, response) => {
      asked++
      response.writeHead(isAway ? 503 : 200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ issuer: server?.url, authorization_endpoint: `${server?.url}/authorize` }))
    },
    { port: 0, drainSeconds: 1 },
  )
  let now = 1_000
  const { log, lines } = createRecordedLog()
  const client = { issuer: server.url, clientId: 'app', clientSecret: 'secret' }
  const configuration = lazyDiscovery({ ...client, clock: () => now, log })
  expect(await Promise.all([configuration(), configuration()])).toEqual([undefined, undefined])
  expect(await configuration()).toBeUndefined()
  isAway = false
  now += 999
  expect(await configuration()).toBeUndefined()
  expect(asked).toBe(1)
  const logged = lines.length
  now += 1
  expect((await configuration())?.serverMetadata().issuer).toBe(server.url)
  await configuration()
  expect([asked, lines.length]).toEqual([2, logged])
})
