import { beforeEach, expect, test } from '@jest/globals'
import { sha256 } from '../constant-time.ts'
import { BuiltInVendor } from './built-in-vendor.ts'

const REQUEST = {
  clientId: 'client',
  redirectUri: 'https://agentcore.example/callback',
  state: 'state',
  scopes: ['read'],
  codeChallenge: sha256('the-verifier').toString('base64url'),
  loginHint: undefined,
}

let now: number
let vendor: BuiltInVendor
beforeEach(() => {
  now = 1_000_000
  vendor = new BuiltInVendor({ now: () => now }, { users: ['alice'], accessTokenSeconds: 60 })
})
function issued(tokens: ReturnType<BuiltInVendor['refresh']>) {
  if (tokens === undefined || tokens === 'invalid_scope') throw new Error('Tokens were refused')
  return tokens
}
const connect = () => vendor.redeem(vendor.consent(REQUEST, 'alice'), REQUEST)

test('a code is valid once: its second use revokes the tokens of the first one', () => {
  const code = vendor.consent(REQUEST, 'alice')
  const tokens = vendor.redeem(code, REQUEST)
  expect(vendor.inspect(tokens?.accessToken ?? '')?.user).toBe('alice')
  expect(vendor.redeem(code, REQUEST)).toBeUndefined()
  expect(vendor.inspect(tokens?.accessToken ?? '')).toBeUndefined()
  expect(vendor.refresh(tokens?.refreshToken ?? '', 'client')).toBeUndefined()
})

test.each([
  ['another verifier', { codeChallenge: sha256('').toString('base64url') }],
  ['another redirect URI', { redirectUri: 'https://agentcore.example/callback/' }],
  ['another client', { clientId: 'other' }],
])('a code is not redeemed with %s, and is still valid for its own client', (_what, change) => {
  const code = vendor.consent(REQUEST, 'alice')
  expect(vendor.redeem(code, { ...REQUEST, ...change })).toBeUndefined()
  expect(vendor.redeem(code, REQUEST)).toBeDefined()
})

test('a refresh token is valid once: its second use revokes its tokens', () => {
  const first = connect()
  const second = issued(vendor.refresh(first?.refreshToken ?? '', 'client'))
  expect(second.refreshToken).not.toBe(first?.refreshToken)
  expect(vendor.refresh(first?.refreshToken ?? '', 'client')).toBeUndefined()
  expect(vendor.inspect(second.accessToken ?? '')).toBeUndefined()
  expect(vendor.refresh(second.refreshToken ?? '', 'client')).toBeUndefined()
})

test('another client neither refreshes nor revokes', () => {
  const tokens = connect()
  expect(vendor.refresh(tokens?.refreshToken ?? '', 'other')).toBeUndefined()
  vendor.revokeToken(tokens?.refreshToken ?? '', 'other')
  expect(vendor.inspect(tokens?.accessToken ?? '')?.user).toBe('alice')
  vendor.revokeToken(tokens?.refreshToken ?? '', 'client')
  expect(vendor.inspect(tokens?.accessToken ?? '')).toBeUndefined()
})

test('an access token ends at its time, not before and not after, and a code ends, too', () => {
  const code = vendor.consent(REQUEST, 'alice')
  const tokens = connect()
  now += 59_999
  expect(vendor.inspect(tokens?.accessToken ?? '')?.expiresInSeconds).toBe(0)
  now += 1
  expect(vendor.inspect(tokens?.accessToken ?? '')).toBeUndefined()
  now += 10 * 60_000
  expect(vendor.redeem(code, REQUEST)).toBeUndefined()
})

test('clients’ own tokens, also more than the limit, end no user’s grant', () => {
  const tokens = connect()
  let own = vendor.issueToClient('client', ['read'])
  for (let issued = 0; issued < 20_001; issued += 1) own = vendor.issueToClient('client', ['read'])
  expect(vendor.inspect(tokens?.accessToken ?? '')?.user).toBe('alice')
  expect(vendor.inspect(own.accessToken)).toMatchObject({ user: undefined, clientId: 'client', scopes: ['read'] })
  vendor.revokeToken(own.accessToken, 'other')
  expect(vendor.inspect(own.accessToken)).toBeDefined()
  vendor.revokeToken(own.accessToken, 'client')
  expect(vendor.inspect(own.accessToken)).toBeUndefined()
})

test('a refresh narrows the access token’s scopes, not the grant’s, and never widens them', () => {
  const request = { ...REQUEST, scopes: ['read', 'write'] }
  const first = vendor.redeem(vendor.consent(request, 'alice'), request)
  expect(vendor.refresh(first?.refreshToken ?? '', 'client', ['read', 'admin'])).toBe('invalid_scope')
  const narrow = issued(vendor.refresh(first?.refreshToken ?? '', 'client', ['read']))
  expect([narrow.scopes, vendor.inspect(narrow.accessToken)?.scopes]).toEqual([['read'], ['read']])
  expect(issued(vendor.refresh(narrow.refreshToken ?? '', 'client')).scopes).toEqual(['read', 'write'])
})

test('a request is decided once', () => {
  const id = vendor.begin(REQUEST)
  expect(vendor.take(id)).toBeDefined()
  expect([vendor.take(id), vendor.find(id)]).toEqual([undefined, undefined])
})

test('its records contain no code and no token, and another instance can use them', () => {
  const code = vendor.consent(REQUEST, 'alice')
  const tokens = connect()
  const own = vendor.issueToClient('client', ['read'])
  const kept = JSON.parse(JSON.stringify(vendor.records()))
  for (const secret of [code, tokens?.accessToken, tokens?.refreshToken, own.accessToken])
    expect(JSON.stringify(kept)).not.toContain(secret)
  const next = new BuiltInVendor({ now: () => now }, { users: ['alice'], accessTokenSeconds: 60 })
  next.restore(kept)
  expect(next.inspect(tokens?.accessToken ?? '')?.user).toBe('alice')
  expect(next.inspect(own.accessToken)?.clientId).toBe('client')
  expect(next.redeem(code, REQUEST)).toBeDefined()
})
