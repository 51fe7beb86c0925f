import {
  type Entry,
  IdentityArtifact,
  PLACES,
  returnUrlOf,
  SessionBindingEnvironment,
  StartState,
  splitScopes,
  startIdOfState,
} from '@agent-identity/contracts'
import { createLogger, createSealer, createStartRecords } from '@agent-identity/service-runtime'
import {
  BedrockAgentCoreClient,
  CompleteResourceTokenAuthCommand,
  GetResourceOauth2TokenCommand,
  GetWorkloadAccessTokenForJWTCommand,
} from '@aws-sdk/client-bedrock-agentcore'
import type { BenchStack } from '../support/bench-stack.ts'

/** Calls of AgentCore, signed by the same principals as those of our services. */
export function createSameCalls(stack: BenchStack) {
  const { IDENTITY_ARTIFACT_KEYS: ring } = stack.environments['session-binding']
  const identityArtifactKeys = SessionBindingEnvironment.shape.IDENTITY_ARTIFACT_KEYS.parse(ring)
  const sealer = createSealer(identityArtifactKeys, 'identity artifact')
  const records = createStartRecords({
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
    /** Of the start that a return belongs to. */
    async startOf(returnUrl: URL): Promise<{ userToken: string; entry: Entry }> {
      const id = startIdOfState(StartState.parse(returnUrl.searchParams.get('state')))
      const record = await records.read(id)
      if (!record) throw new Error('The start is gone')
      const opened = sealer.open(record.sealedIdentityArtifact, PLACES.identityArtifact(id, record))
      const artifact = IdentityArtifact.parse(JSON.parse(opened))
      if (artifact.kind !== 'jwt') throw new Error('The local stack identifies users by JWTs')
      return { userToken: artifact.userToken, entry: record.entry }
    },
    async mint(userToken: string): Promise<string> {
      const { WORKLOAD_NAME: workloadName } = stack.environments['agent-workload']
      const reply = await workload.send(new GetWorkloadAccessTokenForJWTCommand({ workloadName, userToken }))
      return reply.workloadAccessToken ?? ''
    },
    complete: (sessionUri: string, userToken: string) =>
      binding.send(new CompleteResourceTokenAuthCommand({ sessionUri, userIdentifier: { userToken } })),
    getToken: (workloadIdentityToken: string, { scopes, parameters }: Entry) =>
      workload.send(
        new GetResourceOauth2TokenCommand({
          workloadIdentityToken,
          resourceCredentialProviderName: 'github',
          scopes: splitScopes(scopes),
          customParameters: parameters,
          oauth2Flow: 'USER_FEDERATION',
          resourceOauth2ReturnUrl: returnUrlOf(stack.app),
        }),
      ),
  }
}

export type SameCalls = ReturnType<typeof createSameCalls>
