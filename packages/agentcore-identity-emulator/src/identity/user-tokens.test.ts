import { expect, test } from '@jest/globals'
import type { Outbound } from '../oauth/outbound.ts'
import { createUserTokens } from './user-tokens.ts'

const token = (claims: object) =>
  ['{"alg":"RS256"}', JSON.stringify(claims), 'signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.')
const claims = { iss: 'http://issuer.example', sub: 'alice', exp: 4_000_000_000 }

function create(allows: (url: string) => boolean, document: object = {}) {
  const requested: string[] = []
  const answer = async (url: string) => {
    requested.push(url)
    return { status: 200, body: document as Record<string, unknown> }
  }
  const outbound = { requestJson: answer, fetch: answer } as unknown as Outbound
  const userTokens = createUserTokens({ urlPolicy: { allows }, outbound, minimumSecondsLeft: 60, wallNow: () => 0 })
  return { userTokens, requested }
}

test('does not contact an issuer that the policy does not allow', async () => {
  const { userTokens, requested } = create(() => false)
  await expect(userTokens.verify(token(claims))).rejects.toMatchObject({ type: 'UnauthorizedException' })
  expect(requested).toEqual([])
})

test('does not contact a key server that the policy does not allow', async () => {
  const document = { issuer: claims.iss, jwks_uri: 'http://keys.example/jwks' }
  const { userTokens, requested } = create((url) => !url.startsWith('http://keys'), document)
  await expect(userTokens.verify(token(claims))).rejects.toMatchObject({ type: 'UnauthorizedException' })
  expect(requested).toEqual(['http://issuer.example/.well-known/openid-configuration'])
})

test.each([
  [{ exp: 1 }, -1, true],
  [{ exp: 1 }, 999, true],
  [{ exp: 1 }, 1000, false],
  [{}, 0, false],
  [{ exp: '1' }, 0, false],
])('%j at %i ms is unexpired: %s', (expiry, now, unexpired) => {
  const userTokens = createUserTokens({
    urlPolicy: { allows: () => true },
    outbound: {} as Outbound,
    minimumSecondsLeft: 60,
    wallNow: () => now,
  })
  const check = () => userTokens.requireUnexpired(token(expiry))
  if (unexpired) check()
  else expect(check).toThrow('invalid or has expired')
})
