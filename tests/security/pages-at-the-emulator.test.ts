import { expect, test } from '@jest/globals'
import { exchange } from '../support/http-browser.ts'
import { emulatorOf, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const { callsOfAll } = emulatorOf(stack)

const OPERATIONS = [
  '/identities/GetWorkloadAccessToken',
  '/identities/GetResourceOauth2Token',
  '/identities/CreateWorkloadIdentity',
]
const address = new URL(stack.agentcoreIdentity)

const post = (path: string, headers: Record<string, string>) => {
  const type = { 'content-type': 'application/json', 'content-length': '2' }
  return exchange(new URL(path, address), 'POST', { ...type, ...headers }, '{}')
}

const pages: [string, Record<string, string>][] = [
  ['of another site', { host: address.host, origin: 'https://evil.example' }],
  ['with an opaque origin', { host: address.host, origin: 'null' }],
  ['of the emulator itself', { host: address.host, origin: address.origin }],
  ['whose name was rebound to loopback', { host: `evil.example:${address.port}` }],
  ['whose name begins like loopback', { host: `127.0.0.1.evil.example:${address.port}` }],
  ['at the address 0.0.0.0', { host: `0.0.0.0:${address.port}` }],
]

test.each(pages)('a page %s reaches none of AWS’s operations: no call is recorded', async (_name, headers) => {
  const calls = (await callsOfAll()).length
  for (const path of OPERATIONS) {
    const { status, body, headers: answered } = await post(path, headers)
    expect([path, status, answered['access-control-allow-origin']]).toEqual([path, 403, undefined])
    expect(body).toContain('agentcore-identity-emulator: ')
  }
  const since = (await callsOfAll()).slice(calls)
  const unsigned = since.filter(({ principal }) => principal === null).map(({ operation }) => operation)
  expect(unsigned.filter((operation) => !['authorize', 'callback'].includes(operation))).toEqual([])
})

test('a program gets AWS’s answers, and the browser’s legs accept a browser', async () => {
  for (const host of [address.host, `localhost:${address.port}`, `[::1]:${address.port}`]) {
    const { body } = await post(OPERATIONS[0] ?? '', { host })
    expect(body).not.toContain('agentcore-identity-emulator: ')
    expect(body).toMatch(/[Tt]oken|[Ss]ignature/)
  }
  const leg = await exchange(new URL('/identities/oauth2/authorize?request_uri=none', address), 'GET', {
    host: address.host,
    origin: 'https://vendor.example',
  })
  expect(leg.status).not.toBe(403)
})
