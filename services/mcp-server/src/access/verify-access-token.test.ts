import { beforeAll, describe, expect, test } from '@jest/globals'
import { createLocalJWKSet, exportJWK, generateKeyPair, type JWTPayload, type JWTVerifyGetKey, SignJWT } from 'jose'
import { createAccessTokenVerifier, refusedClaims } from './verify-access-token.ts'

const ISSUER = 'https://issuer.example'
const AUDIENCE = 'https://app.example/mcp'
const NOW = 1_900_000_000_000
const claims = { sub: 'alice', client_id: 'editor', scope: 'mcp/tools openid', token_use: 'access' }

let keys: Awaited<ReturnType<typeof generateKeyPair>>
let others: Awaited<ReturnType<typeof generateKeyPair>>
let lines: unknown[] = []

beforeAll(async () => {
  ;[keys, others] = await Promise.all([generateKeyPair('RS256'), generateKeyPair('RS256')])
})

async function verifier(clientIds: readonly string[] = ['editor'], several?: JWTVerifyGetKey) {
  const jwks = several ?? createLocalJWKSet({ keys: [{ ...(await exportJWK(keys.publicKey)), alg: 'RS256' }] })
  lines = []
  const log = { info: (line: unknown) => void lines.push(line), warn: (line: unknown) => void lines.push(line) }
  const settings = { issuer: ISSUER, audience: AUDIENCE, clientIds, keys: async () => jwks, clock: () => NOW }
  return createAccessTokenVerifier({ ...settings, log: log as never })
}

const token = (changes: JWTPayload = {}, { issuer = ISSUER, key = keys.privateKey, seconds = 60 } = {}) =>
  new SignJWT({ exp: NOW / 1_000 + seconds, ...claims, ...changes })
    .setProtectedHeader({ alg: 'RS256' })
    .setIssuer(issuer)
    .sign(key)

test('an access token of one of our clients names the user, the client and its scopes', async () => {
  const info = await (await verifier()).verifyAccessToken(await token())
  expect(info).toMatchObject({
    clientId: 'editor',
    scopes: ['mcp/tools', 'openid'],
    expiresAt: NOW / 1_000 + 60,
    extra: { issuer: ISSUER, subject: 'alice' },
  })
})

test.each([
  ['when it says so', { iat: NOW / 1_000 - 5 }, NOW - 5_000],
  ['at Unix time 0 when it does not', {}, 0],
])('an access token counts as issued %s', async (_when, changes, issuedAt) => {
  const info = await (await verifier()).verifyAccessToken(await token(changes))
  expect(info.extra).toMatchObject({ issuedAt })
})

describe('from outside all that is not taken looks alike; the log says', () => {
  test.each([
    ['wrong-signature', () => token({}, { key: others.privateKey })],
    ['wrong-issuer', () => token({}, { issuer: 'https://other.example' })],
    ['expired', () => token({}, { seconds: 0 })],
    ['expired', () => token({}, { seconds: -31 })],
    ['not-yet-valid', () => token({ nbf: NOW / 1_000 + 31 })],
    ['no-expiry', () => token({ exp: undefined as never })],
    ['claims-not-valid', () => token({ iat: 'yesterday' as never })],
    ['not-an-access-token', () => token({ token_use: 'id' })],
    ['wrong-audience', () => token({ aud: 'https://elsewhere.example' })],
    ['unknown-client', () => token({ client_id: 'agent-workload' })],
    ['no-user', () => token({ sub: 'editor' })],
    ['not-a-token', async () => 'opaque'],
    [
      'not-a-token',
      async () =>
        `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`,
    ],
  ])('%s', async (refusal, make) => {
    const refused = (await verifier()).verifyAccessToken(await make())
    await expect(refused).rejects.toMatchObject({
      code: 'invalid_token',
      message: 'The access token is not valid here',
    })
    expect(lines).toEqual([{ refusal }])
  })

  test('wrong-signature, where a token without a key id could be of any of the issuer’s keys', async () => {
    const jwks = createLocalJWKSet({
      keys: await Promise.all(
        [keys, others].map(async ({ publicKey }) => ({ ...(await exportJWK(publicKey)), alg: 'RS256' })),
      ),
    })
    const refused = (await verifier(['editor'], jwks)).verifyAccessToken(await token())
    await expect(refused).rejects.toMatchObject({ code: 'invalid_token' })
    expect(lines).toEqual([{ refusal: 'wrong-signature' }])
  })
})

test('while the issuer is away no token is called invalid', async () => {
  const away = createAccessTokenVerifier({
    issuer: ISSUER,
    audience: AUDIENCE,
    clientIds: [],
    keys: () => Promise.reject(new Error('away')),
    clock: () => NOW,
    log: { info: () => undefined, warn: () => undefined } as never,
  })
  await expect(away.verifyAccessToken(await token())).rejects.toMatchObject({ code: 'temporarily_unavailable' })
})

describe('the claims', () => {
  test.each<[string, JWTPayload, readonly string[], ReturnType<typeof refusedClaims>]>([
    ['no audience, where clients are listed, as Cognito has it', {}, ['editor'], undefined],
    ['no audience, where any client is taken', {}, [], 'no-audience'],
    ['our audience, where any client is taken', { aud: AUDIENCE, client_id: 'registered' }, [], undefined],
    ['our audience among others', { aud: ['x', AUDIENCE] }, ['editor'], undefined],
    ['another audience of a listed client', { aud: 'x' }, ['editor'], 'wrong-audience'],
    ['our audience of a client that is not listed', { aud: AUDIENCE, client_id: 'x' }, ['editor'], 'unknown-client'],
    ['azp for client_id', { client_id: undefined, azp: 'editor' }, ['editor'], undefined],
    ['no client', { client_id: undefined, aud: AUDIENCE }, [], 'unknown-client'],
    ['a nonce, as an ID token has it', { nonce: 'n' }, ['editor'], 'not-an-access-token'],
    ['no subject', { sub: undefined as never }, ['editor'], 'no-subject'],
  ])('%s', (_what, changes, clientIds, refusal) => {
    expect(refusedClaims({ ...claims, ...changes }, AUDIENCE, clientIds)).toBe(refusal)
  })
})
