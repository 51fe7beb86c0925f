import { listen, type RunningServer } from '@agent-identity/service-runtime'
import { afterEach, expect, test } from '@jest/globals'
import { createIssuerKeys } from './issuer-keys.ts'

let issuer: RunningServer | undefined
afterEach(() => issuer?.stop())

test('an issuer that is away is asked once in five seconds, however many calls come, and found when it is back', async () => {
  let asked = 0
  let isAway = true
  issuer = await listen(
    (_request, response) => {
      asked++
      response.writeHead(isAway ? 503 : 200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ issuer: issuer?.url, jwks_uri: `${issuer?.url}/jwks` }))
    },
    { port: 0, drainSeconds: 1 },
  )
  let now = 1_000
  const keys = createIssuerKeys(issuer.url, () => now)
  await Promise.allSettled([keys(), keys()])
  isAway = false
  now += 4_999
  await expect(keys()).rejects.toThrow('503')
  expect(asked).toBe(1)
  now += 1
  expect(await keys()).toBeInstanceOf(Function)
  await keys()
  expect(asked).toBe(2)
})
