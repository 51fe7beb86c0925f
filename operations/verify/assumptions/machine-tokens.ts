import { mintForNobody, requestToken } from '../agentcore/calls.ts'
import type { Assumption, Experiment } from './assumption.ts'
import { RETURN_URL } from './on-the-way.ts'

const kept: Assumption = {
  id: 'machine-token-kept',
  words: 'Two requests for a token of the machine (M2M) within seconds, by direct calls',
  expected: 'two tokens',
  option: { name: 'm2mTokens', values: { 'two tokens': 'not-kept', 'the same token twice': 'kept' } },
}

export const machineTokens: Experiment = {
  name: 'tokens of the machine',
  assumptions: [kept],
  async observe({ service, vendor, hide }) {
    const client = await vendor.createMachineClient?.()
    if (!client)
      return { [kept.id]: { notTried: 'Cognito charges for a client of a machine by the month; --long makes one' } }
    hide(client.configuration.clientId, 'client id')
    hide(client.configuration.clientSecret, 'client secret')
    const { name: workload = '' } = await service.createIdentity({ allowedResourceOauth2ReturnUrls: [RETURN_URL] })
    const { name: provider } = await service.createOauth2Provider({
      credentialProviderVendor: 'CustomOauth2',
      oauth2ProviderConfigInput: { customOauth2ProviderConfig: client.configuration },
    })
    hide(workload, 'identity')
    hide(provider, 'provider')
    const workloadIdentityToken = await mintForNobody(service, workload)
    const ask = async () => {
      const { accessToken } = await requestToken(service, {
        workloadIdentityToken,
        resourceCredentialProviderName: provider,
        oauth2Flow: 'M2M',
        scopes: [client.scope],
      })
      hide(accessToken, 'token')
      return accessToken
    }
    const [first, second] = [await ask(), await ask()]
    return { [kept.id]: first === undefined ? 'no token' : first === second ? 'the same token twice' : 'two tokens' }
  },
}
