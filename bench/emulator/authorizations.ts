import { BedrockAgentCoreClient } from '@aws-sdk/client-bedrock-agentcore'
import { complete, consent, mintForUserId, RETURN_URL, type requestToken } from '../../tests/fidelity/support/flow.ts'
import type { Vendor } from '../../tests/fidelity/support/vendor.ts'

const WORKLOAD = 'bench'
export const CREDENTIALS = { accessKeyId: 'AKIABENCH', secretAccessKey: 'a secret of the bench' }

export const configurationWith = ({ endpoints }: Vendor) => ({
  workloadIdentities: [{ name: WORKLOAD, allowedResourceOauth2ReturnUrls: [RETURN_URL] }],
  oauth2CredentialProviders: [
    {
      name: 'github',
      credentialProviderVendor: 'GithubOauth2',
      oauth2ProviderConfigInput: { githubOauth2ProviderConfig: { clientId: 'client', clientSecret: 'secret' } },
      endpoints,
    },
  ],
})

type Caller = { data: BedrockAgentCoreClient }

export const callerOf = (endpoint: string): Caller => ({
  data: new BedrockAgentCoreClient({ endpoint, region: 'us-east-1', credentials: CREDENTIALS, maxAttempts: 1 }),
})

export const requestOf = async (caller: Caller, userId: string) => ({
  workloadIdentityToken: await mintForUserId(caller, WORKLOAD, userId),
  resourceCredentialProviderName: 'github',
})

export async function finish(
  caller: Caller,
  userId: string,
  { authorizationUrl, sessionUri }: Awaited<ReturnType<typeof requestToken>>,
): Promise<void> {
  await consent(authorizationUrl)
  await complete(caller, sessionUri, { userId })
}
