import { returnUrlOf } from '@agent-identity/contracts'
import {
  BedrockAgentCoreClient,
  CompleteResourceTokenAuthCommand,
  GetResourceOauth2TokenCommand,
  GetWorkloadAccessTokenForUserIdCommand,
} from '@aws-sdk/client-bedrock-agentcore'
import type { BenchStack } from '../support/bench-stack.ts'
import { SCOPES } from '../support/people.ts'

/** Calls the emulator through the real SDK, as the administrator of the local stack. */
export function createAgentcoreClient(stack: BenchStack) {
  const returnUrl = returnUrlOf(stack.app)
  const { WORKLOAD_NAME: workloadName } = stack.environments['agent-workload']
  const client = new BedrockAgentCoreClient({
    region: stack.awsRegion,
    endpoint: stack.agentcoreIdentity,
    credentials: stack.awsCredentials.administrator,
  })
  return {
    async mint(userId: string): Promise<string> {
      const { workloadAccessToken = '' } = await client.send(
        new GetWorkloadAccessTokenForUserIdCommand({ workloadName, userId }),
      )
      return workloadAccessToken
    },
    getToken: (workloadIdentityToken: string) =>
      client.send(
        new GetResourceOauth2TokenCommand({
          workloadIdentityToken,
          resourceCredentialProviderName: 'github',
          scopes: SCOPES,
          oauth2Flow: 'USER_FEDERATION',
          resourceOauth2ReturnUrl: returnUrl,
        }),
      ),
    complete: (sessionUri: string, userId: string) =>
      client.send(new CompleteResourceTokenAuthCommand({ sessionUri, userIdentifier: { userId } })),
  }
}

export type AgentcoreClient = ReturnType<typeof createAgentcoreClient>
