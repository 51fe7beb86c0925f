import type { UserRef, UserSessionRef } from '@agent-identity/contracts'
import { expect, test } from '@jest/globals'
import type { RequestAuthorizationPorts } from '../request-authorization.ts'
import { OFFERED } from '../test-support/offered.ts'
import { createConnectionVault } from './connection-vault.ts'

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
  const of = {
    user: 'a'.repeat(22) as UserRef,
    userSession: 's'.repeat(22) as UserSessionRef,
    requestId: 'r',
    provider: 'google-calendar' as const,
    named: undefined,
    entry: { scopes: 'read', parameters: {} },
  }
  expect(await vault.read(of)).toEqual({ outcome: 'signed-out' })
  cached = true
  expect(await vault.forget(of)).toBe('signed-out')
  expect(asked).toBe(0)
})
