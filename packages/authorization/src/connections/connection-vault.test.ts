import type { UserRef, UserSessionRef } from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import type { RequestAuthorizationPorts } from '../request-authorization.ts'
import { OFFERED } from '../test-support/offered.ts'
import { type Reply, requesting, toConsent, token } from '../test-support/requesting.ts'
import { createConnectionVault } from './connection-vault.ts'

const READ = 'https://www.googleapis.com/auth/calendar.readonly'
const WRITE = 'https://www.googleapis.com/auth/calendar.events'
const of = {
  user: 'a'.repeat(22) as UserRef,
  userSession: 's'.repeat(22) as UserSessionRef,
  requestId: 'r',
  provider: 'google-calendar' as const,
  named: undefined,
  entry: { scopes: 'read', parameters: {} },
}

test('a workload access token that was minted before the user session ended reads nothing', async () => {
  let cached = true
  let asked = 0
  const vault = createConnectionVault({
    offered: OFFERED,
    workloadAccessTokens: {
      get: async () =>
        cached
          ? { outcome: 'minted', workloadAccessToken: 'w', artifact: { kind: 'jwt', userToken: 'u' } }
          : { outcome: 'signed-out' },
      drop: () => {
        cached = false
      },
    },
    identity: {
      async requestAccessToken() {
        asked += 1
        return { outcome: 'token', accessToken: 'granted' }
      },
    },
    audit: () => undefined,
  } as Partial<RequestAuthorizationPorts> as RequestAuthorizationPorts)
  expect(await vault.read(of)).toEqual({ outcome: 'signed-out' })
  cached = true
  expect(await vault.forget(of)).toBe('signed-out')
  expect(asked).toBe(0)
})

test('what is asked for is what was bound, and nothing is taken out by reading it', async () => {
  const { ports, requests, dropped } = requesting([token, toConsent])
  const vault = createConnectionVault(ports)
  const entry = { scopes: 'read write', parameters: { login_hint: 'alice' } }
  const bound = { ...of, entry: { ...entry, scopes: [READ, WRITE].join(' ') } }
  expect(await vault.read(bound)).toEqual({ outcome: 'token', accessToken: 'a-secret' })
  expect(await vault.forget(bound)).toBe('forgotten')
  expect(requests).toMatchObject([
    { scopes: [READ, WRITE], customParameters: entry.parameters, workloadAccessToken: 'token' },
    { scopes: [READ, WRITE], customParameters: entry.parameters, forceAuthentication: true },
  ])
  expect(requests[0]).not.toHaveProperty('forceAuthentication')
  expect(dropped).toEqual([of.userSession, of.userSession])
})

describe('what AgentCore answers', () => {
  const unavailable: Reply = { outcome: 'unavailable' }
  test.each<[string, Reply, string, string]>([
    ['a token', token, 'token', 'unavailable'],
    ['a URL to consent', toConsent, 'none', 'forgotten'],
    ['nothing', unavailable, 'unavailable', 'unavailable'],
    ['a refusal', { outcome: 'refused' }, 'unavailable', 'unavailable'],
  ])('%s', async (_what, reply, read, forgotten) => {
    const vault = createConnectionVault(requesting([reply, reply]).ports)
    expect([(await vault.read(of)).outcome, await vault.forget(of)]).toEqual([read, forgotten])
  })

  test('is not asked for where this version does not offer the provider', async () => {
    const { ports, requests, dropped } = requesting([token])
    const vault = createConnectionVault(ports)
    const unknown = { ...of, provider: 'unknown' }
    expect([await vault.read(unknown), await vault.forget(unknown)]).toEqual([
      { outcome: 'unavailable' },
      'unavailable',
    ])
    expect([requests, dropped]).toEqual([[], []])
  })
})
