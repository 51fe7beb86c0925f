import type { AuditEvent, UserRef, UserSessionRef } from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import { createAuditedWorkloadAccessTokens } from './audited-minting.ts'

const NOW = 1_900_000_000_000
const alice = { userSession: 's'.repeat(22) as UserSessionRef, user: 'a'.repeat(22) as UserRef }
const bob = { userSession: 't'.repeat(22) as UserSessionRef, user: 'b'.repeat(22) as UserRef }

function world(reply: 'minted' | 'refused' = 'minted') {
  const said: AuditEvent[] = []
  let mints = 0
  const tokens = createAuditedWorkloadAccessTokens(
    {
      identity: {
        async mintWorkloadAccessToken() {
          mints++
          await Promise.resolve()
          return reply === 'minted'
            ? { outcome: 'minted', workloadAccessToken: `token-${mints}`, awsRequestId: `aws-${mints}` }
            : { outcome: 'refused', awsRequestId: `aws-${mints}` }
        },
      },
      artifactFor: async (ref) => ({ artifact: { kind: 'user-id', userId: ref }, endsAt: NOW + 36_000_000 }),
      ttlSeconds: 600,
      authorizationSeconds: 600,
      clock: () => NOW,
    },
    (event) => void said.push(event),
  )
  return { tokens, said }
}

describe('a workload access token', () => {
  test('that is minted is audited once, with user and request, and a cached one is not', async () => {
    const { tokens, said } = world()
    await tokens.get({ ...alice, requestId: 'first' })
    await tokens.get({ ...alice, requestId: 'second' })
    expect(said).toEqual([
      {
        event: 'workload_access_token_minted',
        ...alice,
        requestId: 'first',
        identityArtifact: 'user-id',
        awsRequestId: 'aws-1',
      },
    ])
  })

  test('that several callers wait for is audited for the first one, and for no other user', async () => {
    const { tokens, said } = world()
    await Promise.all([
      tokens.get({ ...alice, requestId: 'first' }),
      tokens.get({ ...bob, requestId: 'other' }),
      tokens.get({ ...alice, requestId: 'second' }),
    ])
    expect(said).toHaveLength(2)
    expect(said).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ ...alice, requestId: 'first' }),
        expect.objectContaining({ ...bob, requestId: 'other' }),
      ]),
    )
  })

  test('that is not minted is not audited', async () => {
    const { tokens, said } = world('refused')
    expect((await tokens.get({ ...alice, requestId: 'first' })).outcome).toBe('refused')
    expect(said).toEqual([])
  })
})
