import type { CredentialKind, ProviderId } from '@agent-identity/contracts'
import { PROVIDERS } from '@agent-identity/providers'
import {
  type BedrockAgentCoreControlClient,
  GetApiKeyCredentialProviderCommand,
  GetOauth2CredentialProviderCommand,
  type GetOauth2CredentialProviderResponse,
} from '@aws-sdk/client-bedrock-agentcore-control'
import { isNotFound } from './describe-failure.ts'
import type { Configuration } from './subject.ts'

export interface StoredProvider {
  id: ProviderId
  /** `user` for a provider that this checkout does not have. */
  credential: CredentialKind
  /** Its name at AgentCore. */
  name: string
  /** Undefined when AgentCore does not have it. An API key has no vendor and no callback URL. */
  stored: Partial<GetOauth2CredentialProviderResponse> | undefined
}

export function readProviders(
  agentcore: BedrockAgentCoreControlClient,
  { credentialProviders }: Configuration,
): Promise<StoredProvider[]> {
  return Promise.all(
    [...credentialProviders].map(async ([id, name]) => {
      const credential = PROVIDERS.get(id)?.credential ?? 'user'
      return { id, credential, name, stored: await readProvider(agentcore, name, credential) }
    }),
  )
}

async function readProvider(
  agentcore: BedrockAgentCoreControlClient,
  name: string,
  credential: CredentialKind,
): Promise<StoredProvider['stored']> {
  try {
    if (credential === 'api-key') {
      const key = await agentcore.send(new GetApiKeyCredentialProviderCommand({ name }))
      const { apiKeySecretArn, apiKeySecretSource, credentialProviderArn } = key
      return {
        name,
        credentialProviderArn,
        clientSecretArn: apiKeySecretArn,
        ...(apiKeySecretSource && { clientSecretSource: apiKeySecretSource }),
      }
    }
    return await agentcore.send(new GetOauth2CredentialProviderCommand({ name }))
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
