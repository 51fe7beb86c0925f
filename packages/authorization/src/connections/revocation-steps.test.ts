import type { Revocation, RevocationWay } from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import { REVOCATION_KEPT_MS } from './connection-records.ts'
import { readTokens, withToken } from './revocation-steps.ts'

const jwtUntil = (seconds: number) => `h.${Buffer.from(JSON.stringify({ exp: seconds })).toString('base64url')}.s`

async function readThese(accessTokens: string[], way: RevocationWay) {
  const before = { requestId: 'r', since: 1, toForget: [], tokens: [], notConfirmed: 0, userSession: 's' }
  const said: unknown[] = []
  const toRead = accessTokens.map((_, n) => ({ scopes: `read-${n}`, parameters: {} }))
  const next = await readTokens({ ...before, toRead } as never, {
    ref: { user: 'u' as never, provider: 'microsoft', named: undefined },
    way,
    vault: {
      read: async ({ entry }) => ({ outcome: 'token', accessToken: accessTokens[Number(entry.scopes.slice(5))] ?? '' }),
      forget: async () => 'forgotten',
    },
    revoke: async () => 'refused',
    isConsentingNow: async () => false,
    isInUse: async () => false,
    audit: (event) => void said.push(event),
    clock: () => 1_000,
  })
  return { next, said }
}

test('a token that the vendor cannot end is not kept: only the time of its end is', async () => {
  const { next, said } = await readThese(['the-token'], { by: 'impossible', accessTokenSeconds: 60 })
  expect(JSON.stringify(next)).not.toContain('the-token')
  expect(next).toMatchObject({ tokens: [], notConfirmed: 1, endKnown: 1, tokenEndsAt: 61_000 })
  expect(said).toMatchObject([{ event: 'revocation_prepared', tokens: 1 }])
})

test('of several tokens that the vendor cannot end, those with a known end are counted', async () => {
  const { next } = await readThese([jwtUntil(60), 'opaque', jwtUntil(30)], { by: 'impossible' })
  expect(next).toMatchObject({ tokens: [], notConfirmed: 3, endKnown: 2, tokenEndsAt: 60_000 })
})

describe('a token that was read before', () => {
  const SINCE = 1_900_000_000_000
  const HOUR: RevocationWay = { by: 'token', accessTokenSeconds: 3_600 }
  const left = { tokens: [] as Revocation['tokens'], notConfirmed: 0, notRead: 0 } as unknown as Revocation

  test.each<[string, string, RevocationWay, number, boolean]>([
    ['its own end', jwtUntil(SINCE / 1_000 + 60), HOUR, SINCE + 60_000, true],
    ['the provider’s longest', 'opaque', HOUR, SINCE + 3_600_000, true],
    ['the longest time that tokens are kept', 'opaque', { by: 'token' }, SINCE + REVOCATION_KEPT_MS, false],
  ])('is worth revoking until %s', (_until, accessToken, way, endsAt, endsByItself) => {
    const { tokens } = withToken(left, accessToken, { way, toRead: [], clock: () => SINCE })
    expect(tokens).toEqual([{ token: accessToken, endsAt, endsByItself, keptUntil: SINCE + REVOCATION_KEPT_MS }])
  })

  test.each<[string, RevocationWay | undefined, Partial<Revocation>]>([
    ['of a vendor that ends none', { by: 'impossible' }, { notConfirmed: 1 }],
    [
      'of a vendor that ends none, with a known end',
      { by: 'impossible', accessTokenSeconds: 60 },
      { notConfirmed: 1, endKnown: 1, tokenEndsAt: SINCE + 60_000 },
    ],
    ['of a provider that is not offered', undefined, { notRead: 1 }],
  ])('%s is not kept, and is counted', (_which, way, counted) => {
    // Where the provider is not offered, the vault is read by another replica, which counts then.
    const toRead = [{ scopes: 'read', parameters: {} }]
    expect(withToken(left, 't', { way, toRead, clock: () => SINCE })).toEqual(way ? { ...left, ...counted } : left)
    expect(withToken(left, 't', { way, toRead: [], clock: () => SINCE })).toEqual({ ...left, ...counted })
  })

  test('that is known is kept once', () => {
    const known = { tokens: [{ token: 't', endsAt: SINCE + 10, endsByItself: true }] } as unknown as Revocation
    expect(withToken(known, 't', { way: HOUR, toRead: [], clock: () => SINCE })).toBe(known)
  })
})
