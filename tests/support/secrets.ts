import { createWorkloadIdentity } from '@agent-identity/agentcore-identity'
import {
  AgentWorkloadEnvironment,
  type AuthorizationId,
  IdentityArtifact,
  identityArtifactPlace,
  PendingAuthorization,
  PROVIDERS,
  type ProviderId,
  pendingAuthorizationKey,
  returnUrlOf,
  type UserSessionRef,
  UserTokens,
  userTokensKey,
} from '@agent-identity/contracts'
import { createLogger, createSealer } from '@agent-identity/service-runtime'
import { withRedis } from './redis.ts'
import type { Stack } from './stack.ts'

type Ring = 'USER_SESSION_KEYS' | 'USER_TOKENS_KEYS' | 'IDENTITY_ARTIFACT_KEYS' | 'TURN_KEYS'

/** With the stack's own keys: what only its services should be able to do. */
export const sealerOf = (stack: Stack, ring: Ring, purpose: string) =>
  createSealer(AgentWorkloadEnvironment.shape[ring].parse(stack.environments['agent-workload'][ring]), purpose)

export async function userTokensOf(stack: Stack, ref: UserSessionRef): Promise<UserTokens> {
  const key = userTokensKey(ref)
  const sealed = (await withRedis(stack, (redis) => redis.get(key))) ?? ''
  return UserTokens.parse(JSON.parse(sealerOf(stack, 'USER_TOKENS_KEYS', 'user tokens').open(sealed, key)))
}

/** What a pending authorization hides: who was asked, where to consent, and the session URI. */
export async function hiddenIn(stack: Stack, id: AuthorizationId) {
  const key = pendingAuthorizationKey(id)
  const record = PendingAuthorization.parse(await withRedis(stack, (redis) => redis.hgetall(key)))
  const open = (ring: Ring, purpose: string, sealed: string, place: string) =>
    JSON.parse(sealerOf(stack, ring, purpose).open(sealed, place)) as unknown
  const hidden = open('TURN_KEYS', 'authorization', record.sealedAuthorization, `${key} sealedAuthorization`)
  const { authorizationUrl, sessionUri } = hidden as Record<'authorizationUrl' | 'sessionUri', string>
  const place = identityArtifactPlace(id, record)
  const artifact = open('IDENTITY_ARTIFACT_KEYS', 'identity artifact', record.sealedIdentityArtifact, place)
  return { authorizationUrl, sessionUri, artifact: IdentityArtifact.parse(artifact), scopes: record.scopes }
}

/** What AgentCore holds for the user of this user session: asked for as the agent workload asks. */
export async function tokensAtAgentCore(stack: Stack, ref: UserSessionRef, provider: ProviderId, scopes: string) {
  const environment = stack.environments['agent-workload']
  const identity = createWorkloadIdentity({
    region: environment.AWS_REGION ?? '',
    workloadName: environment.WORKLOAD_NAME ?? '',
    timeoutMs: 5_000,
    endpoint: stack.agentcoreIdentity,
    credentials: {
      accessKeyId: environment.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: environment.AWS_SECRET_ACCESS_KEY ?? '',
    },
    log: createLogger({ service: 'test', level: 'silent' }),
  })
  const { accessToken: userToken } = await userTokensOf(stack, ref)
  const minted = await identity.mintWorkloadAccessToken({ kind: 'jwt', userToken })
  if (minted.outcome !== 'minted') throw new Error(minted.outcome)
  const { workloadAccessToken } = minted
  const answer = await identity.requestAccessToken({
    workloadAccessToken,
    credentialProvider: stack.deployment.credentialProviders[provider],
    scopes: scopes.split(' '),
    customParameters: PROVIDERS[provider].customParameters,
    returnUrl: returnUrlOf(stack.app),
    state: 'not used',
  })
  if (answer.outcome !== 'token') throw new Error(answer.outcome)
  return { workloadAccessToken, accessToken: answer.accessToken }
}
