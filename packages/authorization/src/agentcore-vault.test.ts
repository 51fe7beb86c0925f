import type { AccessTokenOutcome, WorkloadAccessTokenOutcome } from '@agent-identity/agentcore-identity'
import { describe, expect, test } from '@jest/globals'
import { createAgentCoreVault } from './agentcore-vault.ts'
import { OFFERED } from './test-support/offered.ts'
import { ALICE, SESSION } from './test-support/people.ts'

const who = { user: ALICE, userSession: SESSION, requestId: 'asking' }
const entry = {
  credentialProvider: 'github-provider',
  scopes: 'read:user repo',
  parameters: { connection_label: 'label' },
}
const artifact = { kind: 'jwt', userToken: 'the-users-token' } as const

function vaultThat(
  answers: AccessTokenOutcome[],
  of: { minted?: WorkloadAccessTokenOutcome; signedIn?: boolean; separator?: ',' } = {},
) {
  const { minted = { outcome: 'minted', workloadAccessToken: 'w', artifact }, signedIn = true, separator } = of
  const asked: object[] = []
  const audited: object[] = []
  const dropped: unknown[] = []
  const offered = new Map(
    [...OFFERED].map(([id, one]) => [id, { ...one, ...(separator && { scopeSeparator: separator }) }]),
  )
  const vault = createAgentCoreVault({
    offered,
    workloadAccessTokens: { get: async () => minted, drop: (ref) => void dropped.push(ref) },
    identity: {
      async requestAccessToken(request) {
        asked.push(request)
        return answers.shift() ?? { outcome: 'unavailable' }
      },
    },
    returnUrl: 'https://agent.example/oauth2/session-binding',
    isSignedIn: async () => signedIn,
    audit: (event) => void audited.push(event),
  })
  return { vault, asked, audited, dropped }
}
const url = { outcome: 'authorization-required', authorizationUrl: 'https://agentcore/1', sessionUri: 'urn:1' } as const
const token = { outcome: 'token', accessToken: 'granted', awsRequestId: 'aws-1' } as const

describe('a request', () => {
  test('sends the whole entry, without starting over, and gives the artifact that it was made with', async () => {
    const { vault, asked } = vaultThat([url])
    expect(await vault.request(who, entry, 'the-state')).toEqual({ ...url, artifact, awsRequestId: undefined })
    expect(asked).toEqual([
      {
        ...{ workloadAccessToken: 'w', credentialProvider: 'github-provider', state: 'the-state' },
        ...{ scopes: ['read:user', 'repo'], customParameters: { connection_label: 'label' } },
        returnUrl: 'https://agent.example/oauth2/session-binding',
      },
    ])
  })

  test('sends scopes as the authorization server expects them', async () => {
    const { vault, asked } = vaultThat([url], { separator: ',' })
    await vault.request(who, entry, 'the-state')
    expect(asked).toEqual([expect.objectContaining({ scopes: ['read:user,repo'] })])
  })

  test.each([
    [{ outcome: 'unavailable' }, 'unavailable'],
    [{ outcome: 'refused' }, 'refused'],
    [{ outcome: 'failed' }, 'refused'],
    [{ outcome: 'in-progress' }, 'refused'],
  ] as const)('that is answered with %j is %s', async (answer, outcome) => {
    expect(await vaultThat([answer]).vault.request(who, entry, 's')).toEqual({ outcome })
  })

  test('says that the entry was not empty', async () => {
    expect(await vaultThat([token]).vault.request(who, entry, 's')).toEqual({
      outcome: 'token',
      accessToken: 'granted',
    })
  })
})

describe('a read', () => {
  test('is in the audit trail, with what it was for', async () => {
    const { vault, audited } = vaultThat([token])
    expect(await vault.read(who, entry, { correlationId: 'x' })).toEqual({ outcome: 'token', accessToken: 'granted' })
    expect(audited).toEqual([
      {
        ...{ event: 'token_obtained', ...who, provider: 'github', credential: 'user', awsRequestId: 'aws-1' },
        ...{ scopes: ['read:user', 'repo'], correlationId: 'x' },
      },
    ])
  })

  test('throws a URL away', async () => {
    const { vault, audited } = vaultThat([url])
    expect(await vault.read(who, entry)).toEqual({ outcome: 'none' })
    expect(audited).toEqual([])
  })

  test('mints once more when AgentCore rejects the workload access token, and not twice', async () => {
    const rejected = { outcome: 'workload-access-token-rejected' } as const
    const again = vaultThat([rejected, token])
    expect(await again.vault.read(who, entry)).toMatchObject({ outcome: 'token' })
    expect(again.dropped).toEqual([SESSION])
    const never = vaultThat([rejected, rejected, token])
    expect(await never.vault.read(who, entry)).toEqual({ outcome: 'unavailable' })
    expect(never.asked).toHaveLength(2)
  })

  test.each(['signed-out', 'refused', 'unavailable'] as const)(
    'for which minting is %s asks nothing',
    async (outcome) => {
      const { vault, asked } = vaultThat([token], { minted: { outcome } })
      expect(await vault.read(who, entry)).toEqual({ outcome })
      expect(asked).toEqual([])
    },
  )
})

test.each(['request', 'read', 'clear'] as const)(
  'nothing is asked in the name of a user session that has ended: %s',
  async (what) => {
    const { vault, asked } = vaultThat([token], { signedIn: false })
    const answer = await vault[what](who, entry, 'state' as never)
    expect(typeof answer === 'string' ? answer : answer.outcome).toBe('signed-out')
    const { userSession: _none, ...signedOut } = who
    const without = await vault[what](signedOut, entry, 'state' as never)
    expect(typeof without === 'string' ? without : without.outcome).toBe('signed-out')
    expect(asked).toEqual([])
  },
)

describe('clearing', () => {
  test('starts over, and counts as done only when AgentCore has', async () => {
    const { vault, asked } = vaultThat([url])
    expect(await vault.clear(who, entry)).toBe('cleared')
    expect(asked).toEqual([expect.objectContaining({ forceAuthentication: true })])
    expect(await vaultThat([token]).vault.clear(who, entry)).toBe('unavailable')
    expect(await vaultThat([{ outcome: 'refused' }]).vault.clear(who, entry)).toBe('refused')
  })
})
