import {
  AuthorizationId,
  IdentityArtifact,
  PLACES,
  returnUrlOf,
  SessionBindingEnvironment,
} from '@agent-identity/contracts'
import { createLogger, createPendingAuthorizationRecords, createSealer } from '@agent-identity/service-runtime'
import {
  BedrockAgentCoreClient,
  CompleteResourceTokenAuthCommand,
  GetResourceOauth2TokenCommand,
  GetWorkloadAccessTokenForJWTCommand,
} from '@aws-sdk/client-bedrock-agentcore'
import type { BenchStack } from '../support/bench-stack.ts'
import { SCOPES } from '../support/people.ts'

/** Calls of AgentCore, signed by the same principals as those of our services. */
export function createSameCalls(stack: BenchStack) {
  const { IDENTITY_ARTIFACT_KEYS: ring } = stack.environments['session-binding']
  const identityArtifactKeys = SessionBindingEnvironment.shape.IDENTITY_ARTIFACT_KEYS.parse(ring)
  const sealer = createSealer(identityArtifactKeys, 'identity artifact')
  const records = createPendingAuthorizationRecords({
    redis: stack.redisClient,
    identityArtifactKeys,
    service: 'session-binding',
    log: createLogger({ service: 'bench', level: 'silent' }),
  })
  const clientOf = (service: 'agent-workload' | 'session-binding') =>
    new BedrockAgentCoreClient({
      region: stack.awsRegion,
      endpoint: stack.agentcoreIdentity,
      credentials: stack.awsCredentials[service],
    })
  const workload = clientOf('agent-workload')
  const binding = clientOf('session-binding')

  return {
    async userTokenOf(authorizationId: string): Promise<string> {
      const id = AuthorizationId.parse(authorizationId)
      const record = await records.read(id)
      if (!record) throw new Error('The authorization is gone')
      const opened = sealer.open(record.sealedIdentityArtifact, PLACES.identityArtifact(id, record))
      const artifact = IdentityArtifact.parse(JSON.parse(opened))
      if (artifact.kind !== 'jwt') throw new Error('The local stack identifies users by JWTs')
      return artifact.userToken
    },
    async mint(userToken: string): Promise<string> {
      const { WORKLOAD_NAME: workloadName } = stack.environments['agent-workload']
      const reply = await workload.send(new GetWorkloadAccessTokenForJWTCommand({ workloadName, userToken }))
      return reply.workloadAccessToken ?? ''
    },
    complete: (sessionUri: string, userToken: string) =>
      binding.send(new CompleteResourceTokenAuthCommand({ sessionUri, userIdentifier: { userToken } })),
    getToken: (workloadIdentityToken: string) =>
      workload.send(
        new GetResourceOauth2TokenCommand({
          workloadIdentityToken,
          resourceCredentialProviderName: 'github',
          scopes: SCOPES,
          oauth2Flow: 'USER_FEDERATION',
          resourceOauth2ReturnUrl: returnUrlOf(stack.app),
        }),
      ),
  }
}

export type SameCalls = ReturnType<typeof createSameCalls>
