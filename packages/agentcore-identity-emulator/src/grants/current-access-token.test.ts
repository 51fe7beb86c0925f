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

function world() {
  const clock = createClock()
  const answers = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const seen = { requests: 0 }
  const outbound = {
    async requestJson() {
      const request = seen.requests
      seen.requests += 1
      await answers[request]?.promise
      return { status: 200, body: { access_token: `token-${request}`, token_type: 'bearer', expires_in: 3600 } }
    },
  } as unknown as Outbound
  const created = createEmulatorState(options, { arns: createArns({ ...options, partition: 'aws' }), clock })
  const state = { ...created, outbound }
  seedState(state, options)
  const provider = state.oauth2Providers.get('github') as Oauth2Provider
  const keep = (accessToken: string, expiresAt: number) =>
    state.vault.put('key', {
      workloadInstanceId: 'workload',
      providerInstanceId: provider.instanceId,
      principal: { kind: 'user-id', userId: 'alice' },
      scopes: [],
      accessToken,
      refreshToken: 'refresh',
      expiresAt,
    })
  return {
    ...{ state, seen, answers, keep },
    keepExpired: () => keep('expired', clock.now()),
    ask: () => currentAccessToken('key', provider, state),
    inAnHour: () => clock.now() + 3_600_000,
  }
}

test('a refresh that a reset has forgotten leaves the newer one, which concurrent callers still share', async () => {
  const { state, seen, answers, keepExpired, ask } = world()
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
  expect(seen.requests).toBe(2)
})

test('when another consent has brought a token during a refresh, that token is returned', async () => {
  const { answers, keep, keepExpired, ask, inAnHour } = world()
  keepExpired()
  const asking = ask()
  keep('of the consent', inAnHour())
  answers[0]?.resolve()
  expect(await asking).toBe('of the consent')
})
