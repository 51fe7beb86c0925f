import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { Mask } from './mask.ts'

const base64url = (bytes: number) => randomBytes(bytes).toString('base64url')
const part = (json: object) => Buffer.from(JSON.stringify(json)).toString('base64url')
const jwt = () => `${part({ alg: 'RS256', kid: 'k1' })}.${part({ sub: randomUUID() })}.${base64url(64)}`
const LETTERS_AND_SIGNS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_']
const pick = (from: readonly string[]) => from[randomInt(from.length)] ?? ''

const UNKNOWN: Record<string, () => string> = {
  'a JWT': jwt,
  'an encrypted JWT': () => `${part({ alg: 'dir' })}..${base64url(12)}.${base64url(40)}.${base64url(16)}`,
  'a workload access token': () => randomBytes(120).toString('base64'),
  'an access token': () => base64url(32),
  'a GitHub token': () => `ghu_${randomBytes(18).toString('hex')}`,
  'a GitHub token with twelve digits in it': () => 'ghu_0dadbe47d89dfc1a94ba123456789012cdbdbeefadbcdafe',
  'an authorization code': () => randomUUID(),
  'a state': () => base64url(24),
  'a state without a digit': () => 'RAZCuUlYeuXj_PyykhlyTogZSopUFPqo',
  'a cookie without a digit': () => 'session=ADpBnVFLYr_aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFg',
  'a state of letters and signs': () => Array.from({ length: 32 }, () => pick(LETTERS_AND_SIGNS)).join(''),
  'a session URI': () => `urn:ietf:params:oauth:request_uri:${base64url(32)}`,
  'a short session URI': () => 'urn:ietf:params:oauth:request_uri:abc',
  'an encoded session URI': () => encodeURIComponent(`urn:ietf:params:oauth:request_uri:${base64url(32)}`),
  'an authorization URL': () =>
    `https://bedrock-agentcore.us-east-1.amazonaws.com/identities/oauth2/authorize?request_uri=x`,
  'an app URL': () => 'https://agents.example.com/oauth2/session-binding?session_id=x&state=y',
  'a local URL': () => 'http://localhost:8080/authorizations/x/start',
  'a host of CloudFront': () => 'd111111abcdef8.cloudfront.net',
  'a sign-in domain': () => 'agents-1a2b3c4d-5e6f.auth.us-east-1.amazoncognito.com',
  'an account id': () => '123456789012',
  'an account id with hyphens': () => '1234-5678-9012',
  'a role of the caller': () => 'arn:aws:sts::123456789012:assumed-role/Admin/jane.doe',
  'a user of the caller': () => 'arn:aws:iam::123456789012:user/jane',
  'an ARN in China': () => 'arn:aws-cn:iam::123456789012:user/jane',
  'a secret ARN': () =>
    'arn:aws:secretsmanager:us-east-1:123456789012:secret:bedrock-agentcore-identity!default/oauth2/x-0a1b2c3d-AbCdEf',
  'an access key id': () => `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
  'a secret access key': () => randomBytes(30).toString('base64'),
  'an e-mail address': () => 'jane.doe@example.com',
  'a user pool': () => 'us-east-1_AbCdEf123',
  'a client id': () => randomBytes(13).toString('hex'),
  'a UUID': () => randomUUID(),
  'an address': () => '10.20.30.40',
  'a cookie': () => `session=${base64url(32)}`,
}

describe('the report hides', () => {
  test.each(Object.entries(UNKNOWN))('an unregistered %s, at any position', (_kind, make) => {
    for (let n = 0; n < 10; n++) {
      const secret = make()
      for (const text of [
        secret,
        `Denied: '${secret}'.`,
        `{"a":"${secret}"}`,
        `User: ${secret} is not`,
        `(${secret})`,
      ]) {
        const masked = new Mask().apply(text)
        expect(masked).not.toContain(secret)
        for (let at = 0; at + 16 <= secret.length; at++) expect(masked).not.toContain(secret.slice(at, at + 16))
      }
    }
  })

  test.each([
    ['a password', 'aB3$xyz"&<pass word'],
    ['a name of ours', 'agent-identity-sandbox'],
    ['a short value', 'abcdef'],
  ])('a registered %s, in each encoding', (_kind, secret) => {
    const mask = new Mask()
    mask.hide(secret, 'password')
    for (const form of [
      secret,
      encodeURIComponent(secret),
      new URLSearchParams({ p: secret }).toString(),
      JSON.stringify(secret),
      Buffer.from(secret).toString('base64'),
      Buffer.from(secret).toString('hex'),
      secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;'),
    ]) {
      const masked = mask.apply(`before ${form} after`)
      expect(masked).not.toContain(form)
      expect(masked).toContain('<password>')
    }
  })

  test('a value inside a longer one: the longer one is replaced first', () => {
    const mask = new Mask()
    mask.hide('secret', 'short')
    mask.hide('secret-and-more', 'long')
    expect(mask.apply('a secret-and-more b')).toBe('a <long> b')
  })
})

test.each([
  'AccessDeniedException 403 "Invalid or expired session"',
  'ValidationException 400 "Credential provider with name: <provider> already exists"',
  'GetResourceOauth2Token and CompleteResourceTokenAuth, oauth2credentialprovider, workload-identity-directory',
  'HttpOnly, Secure, SameSite=Lax, Path=/identities/oauth2, Max-Age=600',
  '302 to the return URL with session_id, state',
  'Could not access Provider Token Endpoint',
  '2026-11-26T08:00:00.000Z',
  '<provider>-<8 hex digits>-<6 characters>',
])('what a reader needs stays: %s', (text) => {
  expect(new Mask().apply(text)).toBe(text)
})

test('a report that still contains a registered value is not written', () => {
  const mask = new Mask()
  mask.hide('aB3$xyz"&<', 'password')
  expect(() => mask.requireClean('… aB3$xyz"&< …')).toThrow('would have shown <password>')
  expect(() => mask.requireClean(JSON.stringify({ a: 'aB3$xyz"&<' }))).toThrow('would have shown <password>')
  expect(() => mask.requireClean('… <password> …')).not.toThrow()
})
