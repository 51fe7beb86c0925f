import type { IdentityArtifact, UserSessionRef } from '@agent-identity/contracts'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { createWorkloadAccessTokens } from './workload-access-tokens.ts'
import type { MintOutcome } from './workload-identity.ts'

const ALICE = 'aaaaaaaaaaaaaaaaaaaaaa' as UserSessionRef
const BOB = 'bbbbbbbbbbbbbbbbbbbbbb' as UserSessionRef
const NOW = Date.parse('2026-11-24T10:00:00Z')

const jwt = (claims: object): IdentityArtifact => ({
  kind: 'jwt',
  userToken: `h.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`,
})
const endingIn = (seconds: number) => jwt({ exp: NOW / 1_000 + seconds })

describe('workload access tokens', () => {
  let now: number
  let minted: IdentityArtifact[]
  let asked: [UserSessionRef, number][]
  let reply: () => Promise<MintOutcome>
  let found: { artifact: IdentityArtifact; endsAt: number } | 'signed-out' | 'unavailable'

  beforeEach(() => {
    now = NOW
    minted = []
    asked = []
    reply = async () => ({ outcome: 'minted', workloadAccessToken: `wat-${minted.length}` })
    found = { artifact: endingIn(3_600), endsAt: NOW + 3_600_000 }
  })

  const create = (maxEntries?: number) =>
    createWorkloadAccessTokens({
      identity: {
        mintWorkloadAccessToken(artifact) {
          minted.push(artifact)
          return reply()
        },
      },
      async artifactFor(ref, validForSeconds) {
        asked.push([ref, validForSeconds])
        return found
      },
      ttlSeconds: 300,
      authorizationSeconds: 600,
      clock: () => now,
      ...(maxEntries === undefined ? {} : { maxEntries }),
    })

  it('does not mint for a signed-out user, and checks again the next time', async () => {
    const tokens = create()
    found = 'signed-out'
    expect(await tokens.get(ALICE)).toEqual({ outcome: 'signed-out' })
    found = 'unavailable'
    expect(await tokens.get(ALICE)).toEqual({ outcome: 'unavailable' })
    expect(minted).toEqual([])
    expect(asked).toHaveLength(2)
  })

  it.each(['refused', 'unavailable'] as const)('does not keep a failure: %s', async (outcome) => {
    const tokens = create()
    reply = async () => ({ outcome })
    expect(await tokens.get(ALICE)).toEqual({ outcome })
    reply = async () => ({ outcome: 'minted', workloadAccessToken: 'wat' })
    expect(await tokens.get(ALICE)).toMatchObject({ outcome: 'minted' })
  })

  it('mints once for many that ask at the same time, and hands out the artifact that minted', async () => {
    const tokens = create()
    const answers = await Promise.all([tokens.get(ALICE), tokens.get(ALICE), tokens.get(ALICE)])
    expect(minted).toHaveLength(1)
    for (const answer of answers)
      expect(answer).toEqual({ outcome: 'minted', workloadAccessToken: 'wat-1', artifact: minted[0] })
  })

  it('does not give one user session the token of another', async () => {
    const tokens = create()
    expect(await tokens.get(ALICE)).toMatchObject({ workloadAccessToken: 'wat-1' })
    expect(await tokens.get(BOB)).toMatchObject({ workloadAccessToken: 'wat-2' })
    expect(await tokens.get(ALICE)).toMatchObject({ workloadAccessToken: 'wat-1' })
  })

  it('requests an artifact that outlives an authorization', async () => {
    await create().get(ALICE)
    expect(asked).toEqual([[ALICE, 660]])
  })

  it.each<[string, () => void, number, boolean]>([
    ['within its time', () => undefined, 299, true],
    ['at the end of its time', () => undefined, 300, false],
    [
      'while the artifact outlives an authorization',
      () => (found = { artifact: endingIn(760), endsAt: NOW + 9e6 }),
      99,
      true,
    ],
    [
      'when the artifact does not outlive an authorization',
      () => (found = { artifact: endingIn(760), endsAt: NOW + 9e6 }),
      100,
      false,
    ],
    [
      'when the artifact’s stated end is sooner',
      () => (found = { artifact: endingIn(3_600), endsAt: NOW + 760_000 }),
      100,
      false,
    ],
    [
      'when the artifact was too short from the start',
      () => (found = { artifact: endingIn(600), endsAt: NOW + 9e6 }),
      0,
      false,
    ],
    [
      'a user id, until its stated end',
      () => (found = { artifact: { kind: 'user-id', userId: 'u' }, endsAt: NOW + 760_000 }),
      99,
      true,
    ],
    [
      'a user id, not after it',
      () => (found = { artifact: { kind: 'user-id', userId: 'u' }, endsAt: NOW + 760_000 }),
      100,
      false,
    ],
    [
      'an opaque user token, until its stated end',
      () => (found = { artifact: { kind: 'jwt', userToken: 'opaque' }, endsAt: NOW + 760_000 }),
      99,
      true,
    ],
  ])('uses a token again %s', async (_case, given, afterSeconds, again) => {
    given()
    const tokens = create()
    await tokens.get(ALICE)
    now += afterSeconds * 1_000
    expect(await tokens.get(ALICE)).toMatchObject({ outcome: 'minted' })
    expect(minted).toHaveLength(again ? 1 : 2)
  })

  it('does not extend a token’s time when it is used', async () => {
    const tokens = create()
    await tokens.get(ALICE)
    for (const seconds of [100, 100, 99]) {
      now += seconds * 1_000
      expect(await tokens.get(ALICE)).toMatchObject({ workloadAccessToken: 'wat-1' })
    }
    now += 1_000
    expect(await tokens.get(ALICE)).toMatchObject({ workloadAccessToken: 'wat-2' })
  })

  it('forgets only the token of the user session that is dropped', async () => {
    const tokens = create()
    await tokens.get(ALICE)
    await tokens.get(BOB)
    tokens.drop(ALICE)
    await tokens.get(BOB)
    expect(minted).toHaveLength(2)
    await tokens.get(ALICE)
    expect(minted).toHaveLength(3)
  })

  it('forgets a token that was dropped', async () => {
    const tokens = create()
    await tokens.get(ALICE)
    tokens.drop(ALICE)
    expect(await tokens.get(ALICE)).toMatchObject({ workloadAccessToken: 'wat-2' })
  })

  it('does not keep a token that was minted while the user signed out', async () => {
    const tokens = create()
    const held = Promise.withResolvers<MintOutcome>()
    reply = () => held.promise
    const beforeSignOut = tokens.get(ALICE)
    await Promise.resolve()
    tokens.drop(ALICE)
    held.resolve({ outcome: 'minted', workloadAccessToken: 'too-late' })
    await beforeSignOut
    found = 'signed-out'
    expect(await tokens.get(ALICE)).toEqual({ outcome: 'signed-out' })
  })

  it('passes a fault to all waiting callers and tries again for the next one', async () => {
    const tokens = create()
    reply = async () => Promise.reject(new Error('a bug'))
    const both = await Promise.allSettled([tokens.get(ALICE), tokens.get(ALICE)])
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    reply = async () => ({ outcome: 'minted', workloadAccessToken: 'wat' })
    expect(await tokens.get(ALICE)).toMatchObject({ outcome: 'minted' })
  })

  it('keeps a limited number; the least recently used one is dropped', async () => {
    const tokens = create(2)
    const carol = 'cccccccccccccccccccccc' as UserSessionRef
    await tokens.get(ALICE)
    await tokens.get(BOB)
    await tokens.get(ALICE)
    await tokens.get(carol)
    await tokens.get(ALICE)
    expect(minted).toHaveLength(3)
    await tokens.get(BOB)
    expect(minted).toHaveLength(4)
  })
})
