import type { ConnectionRef, Revocation, RevocationWay, UserRef, VendorRevocation } from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import { REVOCATION_KEPT_MS } from './connection-records.ts'
import type { FromVault } from './connection-vault.ts'
import {
  AGENTCORE_ASKED_FOR_MS,
  forgetEntries,
  REFUSED_FOR_MS,
  type RevocationSteps,
  readTokens,
  revokeTokens,
} from './revocation-steps.ts'

const SINCE = 1_900_000_000_000
const ref: ConnectionRef = { user: 'a'.repeat(22) as UserRef, provider: 'google-calendar', named: undefined }
const [read, write] = ['read', 'write'].map((scopes) => ({ scopes, parameters: {} })) as [
  { scopes: string; parameters: Record<string, string> },
  { scopes: string; parameters: Record<string, string> },
]
const HOUR: RevocationWay = { by: 'token', accessTokenSeconds: 3_600 }

function world(given: {
  left?: Partial<Revocation>
  now?: number
  way?: RevocationWay
  vault?: FromVault[]
  forgets?: ('forgotten' | 'signed-out' | 'unavailable')[]
  vendor?: VendorRevocation
  isConsenting?: boolean
  inUse?: string[]
}) {
  const left = {
    ...{ requestId: 'r', userSession: 's'.repeat(22), accounts: ['alice'], since: SINCE, claimedUntil: 0 },
    ...{ toRead: [], toForget: [], tokens: [], revoked: 0, notConfirmed: 0, notRead: 0, bound: [] },
    ...given.left,
  } as unknown as Revocation
  const asked: unknown[] = []
  const said: object[] = []
  const revoked: unknown[] = []
  const steps = {
    ...{
      ref,
      way: given.way ?? HOUR,
      clock: () => given.now ?? SINCE,
      audit: (event: object) => void said.push(event),
    },
    vault: {
      async read(of: unknown) {
        asked.push(of)
        return given.vault?.shift() ?? { outcome: 'none' }
      },
      async forget(of: unknown) {
        asked.push(of)
        return given.forgets?.shift() ?? 'forgotten'
      },
    },
    async revoke(...of: unknown[]) {
      revoked.push(of)
      return given.vendor ?? 'revoked'
    },
    isConsentingNow: async () => given.isConsenting ?? false,
    isInUse: async ({ accounts }: Revocation) => accounts.some((one) => given.inUse?.includes(one)),
  } as unknown as RevocationSteps
  return { left, steps, asked, said, revoked }
}

describe('an entry of the vault', () => {
  test('is read in the name of the user session that ended it; its token is revoked, and the entry forgotten', async () => {
    const { left, steps, asked, said } = world({
      left: { toRead: [read], bound: [read] },
      vault: [{ outcome: 'token', accessToken: 't' }],
    })
    const next = await readTokens(left, steps)
    const token = { token: 't', endsAt: SINCE + 3_600_000, endsByItself: true }
    expect(next).toMatchObject({ toRead: [], toForget: [read], tokens: [token], notRead: 0, bound: [] })
    expect(asked).toEqual([{ ...ref, requestId: 'r', userSession: left.userSession, entry: read }])
    const { user, provider } = ref
    const line = { event: 'revocation_prepared', requestId: 'r', userSession: left.userSession, user, provider }
    expect(said).toEqual([{ ...line, tokens: 1 }])
  })

  test.each<[string, FromVault, Partial<Revocation>]>([
    [
      'AgentCore does not answer',
      { outcome: 'unavailable' },
      { toRead: [read], toForget: [], notRead: 0, bound: [read] },
    ],
    ['its user has signed out', { outcome: 'signed-out' }, { toRead: [], toForget: [], notRead: 1 }],
    ['it had a token, and has lost it', { outcome: 'none' }, { toRead: [], toForget: [read], notRead: 1 }],
  ])('when %s', async (_when, reply, expected) => {
    const { left, steps, said } = world({ left: { toRead: [read], bound: [read] }, vault: [reply] })
    expect(await readTokens(left, steps)).toMatchObject(expected)
    expect(said).toHaveLength(expected.toRead?.length ? 0 : 1)
  })

  test('that never had a token does not count as not read', async () => {
    const { left, steps } = world({ left: { toRead: [write], bound: [read] }, vault: [{ outcome: 'none' }] })
    expect(await readTokens(left, steps)).toMatchObject({ notRead: 0, toForget: [write] })
  })

  test.each([
    ['without a user session', { userSession: undefined }, SINCE],
    ['after a day', {}, SINCE + AGENTCORE_ASKED_FOR_MS],
  ])('is not read %s', async (_when, more, now) => {
    const { left, steps, asked } = world({ left: { toRead: [read, write], ...more } as Partial<Revocation>, now })
    expect(await readTokens(left, steps)).toMatchObject({ toRead: [], toForget: [], notRead: 2 })
    expect(asked).toEqual([])
  })

  test('with a token that is known already adds none', async () => {
    const tokens = [{ token: 't', endsAt: SINCE + 1, endsByItself: true }]
    const vault: FromVault[] = [
      { outcome: 'token', accessToken: 't' },
      { outcome: 'token', accessToken: 'u' },
    ]
    const { left, steps } = world({ left: { toRead: [read, write], tokens }, vault })
    expect((await readTokens(left, steps)).tokens.map(({ token }) => token)).toEqual(['t', 'u'])
  })

  test('is read, and forgotten, until a day is over', async () => {
    const given = {
      now: SINCE + AGENTCORE_ASKED_FOR_MS - 1,
      left: { toRead: [read] },
      forgets: ['unavailable' as const],
    }
    const { left, steps } = world(given)
    const next = await readTokens(left, steps)
    expect(next).toMatchObject({ toForget: [read], notRead: 0 })
    expect(await forgetEntries(next, steps)).toMatchObject({ toForget: [read] })
  })

  test('of a revocation of an earlier version, which does not say what was bound, counts only when it cannot be read', async () => {
    const { left, steps } = world({ left: { toRead: [read] }, vault: [{ outcome: 'none' }] })
    const next = await readTokens({ ...left, bound: undefined }, steps)
    expect(next).toMatchObject({ toForget: [read], notRead: 0 })
    expect(next.bound).toBeUndefined()
  })

  test('is added to those that are to be forgotten, and its token to those that the vendor has not confirmed', async () => {
    const { left, steps, said } = world({
      left: { toRead: [read], toForget: [write], notConfirmed: 2 },
      way: { by: 'impossible' },
      vault: [{ outcome: 'token', accessToken: 't' }],
    })
    expect(await readTokens(left, steps)).toMatchObject({ toForget: [write, read], tokens: [], notConfirmed: 3 })
    expect(said).toMatchObject([{ tokens: 1 }])
  })

  test('whose user has signed out is not forgotten, and is not asked for again', async () => {
    const { left, steps, said } = world({ left: { toForget: [read] }, forgets: ['signed-out'] })
    expect([(await forgetEntries(left, steps)).toForget, said]).toEqual([[], []])
  })

  test('is not read when nothing is left to read', async () => {
    const { left, steps, said } = world({ left: { toForget: [read] } })
    expect(await readTokens(left, steps)).toBe(left)
    expect(said).toEqual([])
  })

  test('is forgotten, which is in the trail; what AgentCore does not answer for is asked for again', async () => {
    const { left, steps, said, asked } = world({
      left: { toForget: [read, write] },
      forgets: ['forgotten', 'unavailable'],
    })
    expect(await forgetEntries(left, steps)).toMatchObject({ toForget: [write] })
    expect(said).toMatchObject([{ event: 'vault_entry_cleared', scopes: ['read'] }])
    expect(asked).toMatchObject([
      { ...ref, entry: read },
      { ...ref, entry: write },
    ])
  })

  test.each([
    ['while its user consents once more it is kept', { isConsenting: true }, {}, [read]],
    ['after a day it is dropped', { now: SINCE + AGENTCORE_ASKED_FOR_MS }, {}, []],
    ['without a user session it is dropped', {}, { userSession: undefined }, []],
  ])('is not asked to be forgotten: %s', async (_when, given, more, toForget) => {
    const { left, steps, asked, said } = world({ ...given, left: { toForget: [read], ...more } as Partial<Revocation> })
    expect(await forgetEntries(left, steps)).toMatchObject({ toForget })
    expect([asked, said]).toEqual([[], []])
  })
})

describe('a token', () => {
  const token = { token: 't', endsAt: SINCE + 10, endsByItself: true }

  test.each<[string, VendorRevocation, object]>([
    ['is ended by the vendor', 'revoked', { tokens: [], revoked: 1, notConfirmed: 0 }],
    ['is kept while the vendor is away', 'unavailable', { tokens: [token], revoked: 0, notConfirmed: 0 }],
    ['is kept for a while when the vendor refuses', 'refused', { tokens: [{ ...token, refusedSince: SINCE }] }],
  ])('%s, and the trail has the answer', async (_what, vendor, expected) => {
    const { left, steps, revoked, said } = world({ left: { tokens: [token] }, vendor })
    const next = await revokeTokens(left, steps)
    expect(next).toMatchObject(expected)
    if (vendor === 'unavailable') expect(next.tokens[0]).not.toHaveProperty('refusedSince')
    expect([revoked, said]).toMatchObject([
      [['google-calendar', 't']],
      [{ event: 'revocation_answered', outcome: vendor }],
    ])
    expect(JSON.stringify(said)).not.toContain('"t"')
  })

  test.each([
    [REFUSED_FOR_MS - 1, 1],
    [REFUSED_FOR_MS, 0],
  ])('that the vendor has refused for %i ms is asked for again: %i', async (ms, kept) => {
    const one = { ...token, endsAt: SINCE + 10 * REFUSED_FOR_MS, refusedSince: SINCE }
    const { left, steps } = world({ left: { tokens: [one] }, vendor: 'refused', now: SINCE + ms })
    expect(await revokeTokens(left, steps)).toMatchObject({ tokens: kept ? [one] : [], notConfirmed: 1 - kept })
  })

  test.each<[string, Parameters<typeof world>[0], object]>([
    ['while its user consents once more', { isConsenting: true }, { tokens: [token], notConfirmed: 0 }],
    ['of an account that is in use', { inUse: ['alice'] }, { tokens: [], notConfirmed: 1, tokenEndsAt: SINCE + 10 }],
    ['that has ended by itself', { now: SINCE + 10 }, { tokens: [], notConfirmed: 1, tokenEndsAt: SINCE + 10 }],
    ['of a vendor that ends none', { way: { by: 'impossible' } }, { tokens: [], notConfirmed: 1 }],
  ])('%s is not sent to the vendor', async (_which, given, expected) => {
    const { left, steps, revoked } = world({ ...given, left: { tokens: [token] } })
    expect(await revokeTokens(left, steps)).toMatchObject(expected)
    expect(revoked).toEqual([])
  })

  test.each([
    [REVOCATION_KEPT_MS - 1, 1],
    [REVOCATION_KEPT_MS, 0],
  ])('that lives for months is kept for %i ms: %i', async (ms, kept) => {
    const one = { ...token, endsAt: SINCE + 3 * REVOCATION_KEPT_MS }
    const { left, steps } = world({ left: { tokens: [one] }, vendor: 'unavailable', now: SINCE + ms })
    const next = await revokeTokens(left, steps)
    expect(next).toMatchObject({ tokens: kept ? [one] : [], notConfirmed: 1 - kept })
    const again = world({ left: { tokens: [{ ...one, keptUntil: SINCE }] }, vendor: 'unavailable', now: SINCE })
    expect((await revokeTokens(again.left, again.steps)).tokens).toEqual([])
    expect(next.tokenEndsAt).toBe(kept ? undefined : one.endsAt)
  })

  test('that is not sent says when it ends only where that is known, and the latest of all', async () => {
    const many = [{ ...token, endsAt: SINCE + 5 }, token, { ...token, endsAt: SINCE + 99, endsByItself: false }]
    const { left, steps } = world({ left: { tokens: many }, inUse: ['alice'] })
    expect(await revokeTokens(left, steps)).toMatchObject({ notConfirmed: 3, tokenEndsAt: SINCE + 10 })
  })
})
