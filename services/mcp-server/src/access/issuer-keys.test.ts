import { listen, type RunningServer } from '@agent-identity/service-runtime'
import { afterEach, expect, jest, test } from '@jest/globals'
import { exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose'
import { createIssuerKeys } from './issuer-keys.ts'

let issuer: RunningServer | undefined
afterEach(async () => {
  jest.restoreAllMocks()
  await issuer?.stop()
})

test.each([
  ['on another machine without TLS', 'are not', 'http://issuer.example/jwks'],
  ['at an address that is none', 'are not', 'issuer.example'],
  ['behind TLS', 'are', 'https://issuer.example/jwks'],
  ['on this machine', 'are', 'http://127.0.0.1:9/jwks'],
])('keys %s %s fetched', async (_where, areFetched, jwks_uri) => {
  const asked: string[] = []
  jest.spyOn(globalThis, 'fetch').mockImplementation(async (url) => {
    asked.push(String(url))
    return Response.json(asked.length === 1 ? { issuer: 'https://issuer.example', jwks_uri } : { keys: [] })
  })
  const { privateKey } = await generateKeyPair('RS256')
  const token = await new SignJWT({}).setProtectedHeader({ alg: 'RS256' }).sign(privateKey)
  const keys = createIssuerKeys('https://issuer.example', () => 1_000)
  const verified = keys().then((get) => jwtVerify(token, get))
  await expect(verified).rejects.toThrow(areFetched === 'are' ? 'no applicable key' : 'TLS')
  expect(asked.slice(1)).toEqual(areFetched === 'are' ? [jwks_uri] : [])
})

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

test.each([
  ['answers 503', 503, 'away'],
  ['answers no JSON', 200, '<html>'],
  ['answers no key set', 200, '{}'],
])(
  'an issuer whose address of the keys %s is asked for them once in five seconds, however many tokens come',
  async (_what, status, text) => {
    const { publicKey, privateKey } = await generateKeyPair('RS256')
    const keySet = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), alg: 'RS256' }] })
    let asked = 0
    let isAway = true
    issuer = await listen(
      (request, response) => {
        const metadata = JSON.stringify({ issuer: issuer?.url, jwks_uri: `${issuer?.url}/jwks` })
        if (request.url !== '/jwks') return void response.end(metadata)
        asked++
        response.writeHead(isAway ? status : 200).end(isAway ? text : keySet)
      },
      { port: 0, drainSeconds: 1 },
    )
    let now = 1_000
    const keys = createIssuerKeys(issuer.url, () => now)
    const token = await new SignJWT({ sub: 'alice' }).setProtectedHeader({ alg: 'RS256' }).sign(privateKey)
    const verify = async () => jwtVerify(token, await keys())
    for (let n = 0; n < 3; n++) await expect(verify()).rejects.toThrow()
    isAway = false
    now += 4_999
    await expect(verify()).rejects.toThrow('a moment ago')
    expect(asked).toBe(1)
    now += 1
    expect(await verify()).toMatchObject({ payload: { sub: 'alice' } })
    expect(asked).toBe(2)
  },
)
