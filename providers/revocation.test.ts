import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { revocationUrlOf, revokeByRfc7009 } from '@agent-identity/provider-kit'
import { startVendor } from '@agent-identity/stand-in-kit/test-support'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { loadStandIn } from './load-stand-ins.ts'
import { PROVIDERS } from './registry.ts'

const { signal } = new AbortController()

/** Jest does not end while a server is open. */
const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server.close()
})

const REVOCABLE = [...PROVIDERS.values()].flatMap((provider) => {
  if (provider.credential !== 'user' || provider.revocation.by === 'impossible') return []
  const { id, baseScopes, revocation, atWork } = provider
  return [{ id, scopes: baseScopes.join(' '), revocation, atWork }]
})

describe.each(REVOCABLE)('at $id', ({ id, scopes, revocation, atWork }) => {
  let vendor: Awaited<ReturnType<typeof startVendor>>
  beforeAll(async () => {
    vendor = await startVendor(await loadStandIn(id))
  })
  afterAll(() => vendor.close())
  const client = () => ({ clientId: vendor.client.id, clientSecret: vendor.client.secret })
  const at = (origin: string) => origin + decodeURIComponent(new URL(revocation.url).pathname)

  test('a revoked token is no longer accepted, and another user’s token still is', async () => {
    const [carol, dave] = [await vendor.consent('carol', scopes), await vendor.consent('dave', scopes)]
    const work = await atWork({ url: apiAt(id, vendor.origin), timeoutMs: 60_000 })
    expect((await work.account(carol.access_token, signal)).name).toContain('carol')
    const request = { url: at(vendor.origin), client: client(), signal }
    expect(await revocation.revoke(carol.access_token, request)).toBe('revoked')
    await expect(work.account(carol.access_token, signal)).rejects.toMatchObject({ reason: 'token-rejected' })
    expect((await work.account(dave.access_token, signal)).name).toContain('dave')
    // As after an answer that got lost: the same request once more.
    expect(await revocation.revoke(carol.access_token, request)).toBe('revoked')
  })

  test.each([
    [400, '{}', 'unavailable'],
    [401, '{}', 'unavailable'],
    [403, '<html>', 'unavailable'],
    [404, '{}', 'unavailable'],
    [429, '{}', 'unavailable'],
    [500, '<html>', 'unavailable'],
    [202, 'nonsense', 'unavailable'],
    [302, '', 'unavailable'],
  ])('an answer of %i with %j is %s', async (status, body, outcome) => {
    const server = createServer((request: IncomingMessage, response) => {
      request.resume()
      response.writeHead(status, { location: 'http://169.254.170.2/' }).end(body)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = at(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    open.push(server)
    expect(await revocation.revoke('t', { url, client: client(), signal })).toBe(outcome)
  })

  test('no answer is unavailable', async () => {
    const request = { url: at('http://127.0.0.1:9'), client: client(), signal }
    expect(await revocation.revoke('t', request)).toBe('unavailable')
  })
})

test('GitHub’s 404 for a wrong client is no refusal: the token lives, and the right client ends it', async () => {
  const { revocation } = PROVIDERS.get('github') ?? {}
  if (revocation?.by !== 'client') throw new Error('GitHub is told by its client')
  const vendor = await startVendor(await loadStandIn('github'))
  open.push(vendor)
  const { access_token } = await vendor.consent('carol', 'read:user')
  const client = { clientId: vendor.client.id, clientSecret: 'of-another-client' }
  const url = `${vendor.origin}/applications/{client_id}/token`
  expect(await revocation.revoke(access_token, { url, client, signal })).toBe('unavailable')
  const right = { ...client, clientSecret: vendor.client.secret }
  expect(await revocation.revoke(access_token, { url, client: right, signal })).toBe('revoked')
})

test.each([
  ['token_revoked', 'revoked'],
  ['account_inactive', 'revoked'],
  // Slack says this also when it does not allow the caller's address.
  ['invalid_auth', 'unavailable'],
  ['ratelimited', 'unavailable'],
  ['rate_limited', 'unavailable'],
  ['missing_scope', 'refused'],
])('Slack’s %s: %s', async (error, outcome) => {
  const { revocation } = PROVIDERS.get('slack') ?? {}
  if (revocation?.by !== 'token') throw new Error('Slack is told with the token alone')
  const server = createServer((_request, response) => response.end(JSON.stringify({ ok: false, error })))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  open.push(server)
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  expect(await revocation.revoke('t', { url, signal })).toBe(outcome)
})

test('RFC 7009’s unsupported_token_type is a refusal, and errors about the OAuth client are not', async () => {
  const answer = { error: 'unsupported_token_type' }
  const server = createServer((_request, response) => response.writeHead(400).end(JSON.stringify(answer)))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  open.push(server)
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/revoke`
  expect(await revokeByRfc7009('t', { url, signal })).toBe('refused')
  for (const error of ['invalid_client', 'unauthorized_client']) {
    answer.error = error
    expect(await revokeByRfc7009('t', { url, signal })).toBe('unavailable')
  }
})

test('the revocation address of another server is the same with and without a slash at the end of its API’s', () => {
  const github = PROVIDERS.get('github')
  if (!github) throw new Error('There is no github')
  const addresses = ['https://ours.example/api/v3', 'https://ours.example/api/v3/'].map((at) =>
    revocationUrlOf(github, { apiUrl: at }),
  )
  expect(addresses).toEqual(Array(2).fill('https://ours.example/api/v3/applications/{client_id}/token'))
})

function apiAt(id: string, origin: string): string {
  const { pathname } = new URL(PROVIDERS.get(id)?.apiUrl ?? '')
  return new URL(pathname, origin).href.replace(/\/$/, '')
}
