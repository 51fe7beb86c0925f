import { expect, test } from '@jest/globals'
import { createArns } from '../arns.ts'
import { createClock } from '../clock.ts'
import { createEmulatorState } from '../create-state.ts'
import type { Outbound } from '../oauth/outbound.ts'
import { parseOptions } from '../options.ts'
import { seedState } from '../seed-state.ts'
import type { Oauth2Provider } from '../state/oauth2-provider-record.ts'
import { currentAccessToken } from './current-access-token.ts'

const options = parseOptions({
  oauth2CredentialProviders: [
    {
      name: 'github',
      credentialProviderVendor: 'GithubOauth2',
      oauth2ProviderConfigInput: { githubOauth2ProviderConfig: { clientId: 'client', clientSecret: 'secret' } },
    },
  ],
})

test('a refresh that a reset has forgotten leaves the newer one, which concurrent callers still share', async () => {
  const clock = createClock()
  const answers = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let requests = 0
  const outbound = {
    async requestJson() {
      const request = requests
      requests += 1
      await answers[request]?.promise
      return { status: 200, body: { access_token: `token-${request}`, token_type: 'bearer', expires_in: 3600 } }
    },
  } as unknown as Outbound
  const created = createEmulatorState(options, { arns: createArns({ ...options, partition: 'aws' }), clock })
  const state = { ...created, outbound }
  seedState(state, options)
  const provider = state.oauth2Providers.get('github') as Oauth2Provider
  const ask = () => currentAccessToken('key', provider, state)
  const keepExpired = () =>
    state.vault.put('key', {
      workloadInstanceId: 'workload',
      providerInstanceId: provider.instanceId,
      principal: { kind: 'user-id', userId: 'alice' },
      scopes: [],
      accessToken: 'expired',
      refreshToken: 'refresh',
      expiresAt: clock.now(),
    })

  keepExpired()
  const forgotten = ask()
  seedState(state, options, ['providers', 'identities'])
  keepExpired()
  const newer = ask()
  answers[0]?.resolve()
  expect(await forgotten).toBeUndefined()
  const another = ask()
  answers[1]?.resolve()
  expect(await Promise.all([newer, another])).toEqual(['token-1', 'token-1'])
  expect(requests).toBe(2)
})
