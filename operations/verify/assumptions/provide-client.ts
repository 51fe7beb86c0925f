import { mintForUserId, requestToken } from '../agentcore/calls.ts'
import { RETURN_URL } from './on-the-way.ts'
import type { Trial } from './trial.ts'

export async function provideClient(trial: Trial) {
  const { service, vendor } = trial
  const client = await vendor.createClient()
  trial.hide(client.configuration.clientId, 'client id')
  trial.hide(client.configuration.clientSecret, 'client secret')
  const { name: workload = '' } = await service.createIdentity({ allowedResourceOauth2ReturnUrls: [RETURN_URL] })
  const provider = await service.createOauth2Provider({
    credentialProviderVendor: 'CustomOauth2',
    oauth2ProviderConfigInput: { customOauth2ProviderConfig: client.configuration },
  })
  trial.hide(workload, 'identity')
  trial.hide(provider.name, 'provider')
  await client.register(provider.callbackUrl ?? '')
  return {
    client,
    async ask(userId: string, more: object = {}) {
      const answer = await requestToken(service, {
        workloadIdentityToken: await mintForUserId(service, workload, userId),
        resourceCredentialProviderName: provider.name,
        resourceOauth2ReturnUrl: RETURN_URL,
        scopes: [...client.scopes],
        ...more,
      })
      trial.hide(answer.sessionUri, 'session URI')
      return answer
    },
  }
}
