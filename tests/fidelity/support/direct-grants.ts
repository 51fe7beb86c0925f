import {
  GetResourceOauth2TokenCommand,
  type GetResourceOauth2TokenRequest,
  GetWorkloadAccessTokenCommand,
} from '@aws-sdk/client-bedrock-agentcore'
import type { CustomOauth2ProviderConfigInput } from '@aws-sdk/client-bedrock-agentcore-control'
import type { Subject } from './subject.ts'
import type { Vendor } from './vendor.ts'

export const BASIC = `Basic ${Buffer.from('client:secret').toString('base64')}`

export function directGrants(vendor: Vendor, subject: () => Subject) {
  async function workloadToken(workloadName = 'agent') {
    const { workloadAccessToken } = await subject().data.send(new GetWorkloadAccessTokenCommand({ workloadName }))
    return workloadAccessToken as string
  }

  return {
    workloadToken,

    async customProvider(config: Partial<CustomOauth2ProviderConfigInput> = {}) {
      const { name } = await subject().createOauth2Provider({
        credentialProviderVendor: 'CustomOauth2',
        oauth2ProviderConfigInput: {
          customOauth2ProviderConfig: {
            oauthDiscovery: { authorizationServerMetadata: vendor.endpoints },
            clientId: 'client',
            clientSecret: 'secret',
            ...config,
          },
        },
      })
      return name as string
    },

    async ask(input: Partial<GetResourceOauth2TokenRequest>) {
      const { $metadata: _, ...answer } = await subject().data.send(
        new GetResourceOauth2TokenCommand({
          workloadIdentityToken: await workloadToken(),
          resourceCredentialProviderName: undefined,
          oauth2Flow: 'M2M',
          scopes: ['read'],
          ...input,
        }),
      )
      return answer
    },

    lastRequest() {
      const { parameters, authorization } = vendor.tokenRequests.at(-1) as (typeof vendor.tokenRequests)[number]
      return { ...Object.fromEntries(parameters), authorization }
    },
  }
}
