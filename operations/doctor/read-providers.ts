import type { ProviderId } from '@agent-identity/contracts'
import {
  type BedrockAgentCoreControlClient,
  GetOauth2CredentialProviderCommand,
  type GetOauth2CredentialProviderResponse,
} from '@aws-sdk/client-bedrock-agentcore-control'
import { isNotFound } from './describe-failure.ts'
import type { Configuration } from './subject.ts'

/** A credential provider that the agent workload uses. */
export interface StoredProvider {
  id: ProviderId
  /** Its name at AgentCore. */
  name: string
  /** Undefined when AgentCore has none of that name. */
  stored: GetOauth2CredentialProviderResponse | undefined
}

export function readProviders(
  agentcore: BedrockAgentCoreControlClient,
  { credentialProviders }: Configuration,
): Promise<StoredProvider[]> {
  return Promise.all(
    [...credentialProviders].map(async ([id, name]) => ({ id, name, stored: await readProvider(agentcore, name) })),
  )
}

async function readProvider(agentcore: BedrockAgentCoreControlClient, name: string) {
  try {
    return await agentcore.send(new GetOauth2CredentialProviderCommand({ name }))
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
