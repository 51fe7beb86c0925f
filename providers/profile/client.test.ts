import { startVendorStub } from '@agent-identity/provider-kit/vendor-stub'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createProfile } from './client.ts'

const signal = new AbortController().signal
let stub: Awaited<ReturnType<typeof startVendorStub>>
beforeAll(async () => {
  stub = await startVendorStub()
})
afterAll(() => stub.stop())

describe('a profile', () => {
  const profileAt = (path: string, timeoutMs = 60_000) => createProfile({ url: `${stub.url}${path}`, timeoutMs })
  const read = () => profileAt('/oauth2/userInfo').read('token', signal)

  it('is read with the token in the header, and with the standard’s or Cognito’s claim for the username', async () => {
    const cognito = { sub: 's', username: 'alice', name: 'Alice', email: 'alice@example.com', email_verified: 'true' }
    stub.answer({ 'GET /oauth2/userInfo': { json: cognito } })
    expect(await read()).toEqual({ username: 'alice', name: 'Alice', email: 'alice@example.com' })
    expect(stub.calls).toMatchObject([{ authorization: 'Bearer token' }])
    expect(await profileAt('/oauth2/userInfo').account('token', signal)).toEqual({ id: 's', name: 'alice@example.com' })
    stub.answer({ 'GET /me': { json: { sub: 's', preferred_username: 'ally', username: 'a-1' } } })
    expect(await profileAt('/me').read('token', signal)).toEqual({ username: 'ally' })
    expect(await profileAt('/me').account('token', signal)).toEqual({ id: 's', name: 'ally' })
  })

  it.each([
    ['token-rejected', { status: 401, json: { error: 'invalid_token' } }],
    ['scope-missing', { status: 403, headers: { 'www-authenticate': 'Bearer error="insufficient_scope"' } }],
    ['rate-limited', { status: 429 }],
    ['unavailable', { status: 503 }],
    ['unavailable', { html: '<p>Maintenance</p>' }],
    ['unavailable', { json: { username: 7 } }],
    ['unavailable', 'silence'],
  ] as const)('that cannot be read is refused with a reason: %s', async (reason, reply) => {
    stub.answer({ 'GET /oauth2/userInfo': reply })
    const profile = profileAt('/oauth2/userInfo', reply === 'silence' ? 1_000 : undefined)
    await expect(profile.read('token', signal)).rejects.toMatchObject({ name: 'VendorError', reason })
  })
})
