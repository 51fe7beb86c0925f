import { createWorkloadIdentity } from '@agent-identity/agentcore-identity'
import { createConnectionRecords, createConnections } from '@agent-identity/authorization'
import {
  AgentWorkloadEnvironment,
  type AuthorizationId,
  BINDING_NOTIFICATIONS_STREAM,
  IdentityArtifact,
  PLACES,
  type ProviderId,
  pendingAuthorizationKey,
  returnUrlOf,
  UserSession,
  type UserSessionRef,
  UserTokens,
  userSessionKey,
  userTokensKey,
} from '@agent-identity/contracts'
import { PROVIDERS } from '@agent-identity/providers'
import {
  createLogger,
  createPendingAuthorizationRecords,
  createSealer,
  type Sealer,
} from '@agent-identity/service-runtime'
import type { Redis } from 'ioredis'
import { createTurns } from '../../services/agent-workload/src/turns/turns.ts'
import { userSessionRefOf, withRedis } from './redis.ts'
import type { Stack } from './stack.ts'

type Ring = 'USER_SESSION_KEYS' | 'USER_TOKENS_KEYS' | 'IDENTITY_ARTIFACT_KEYS' | 'TURN_KEYS'

const keyRingOf = (stack: Stack, ring: Ring) =>
  AgentWorkloadEnvironment.shape[ring].parse(stack.environments['agent-workload'][ring])
export const sealerOf = (stack: Stack, ring: Ring, purpose: string) => createSealer(keyRingOf(stack, ring), purpose)

export const turnsOf = (stack: Stack, redis: Redis) =>
  createTurns({
    redis,
    turnKeys: keyRingOf(stack, 'TURN_KEYS'),
    ttlSeconds: 600,
    mostTurns: 200,
    storageLimits: { conversations: 100, bytes: 16_777_216 },
    leaseMs: 1_000,
    clock: Date.now,
    log: createLogger({ service: 'test', level: 'silent' }),
  })

export const connectionsOf = (stack: Stack, redis: Redis) =>
  createConnections({
    records: createConnectionRecords({
      redis,
      connectionKeys: keyRingOf(stack, 'TURN_KEYS'),
      userTokensKeys: keyRingOf(stack, 'USER_TOKENS_KEYS'),
      audit: () => undefined,
      clock: Date.now,
      log: createLogger({ service: 'test', level: 'silent' }),
    }),
    clock: Date.now,
  })

export async function userTokensOf(stack: Stack, ref: UserSessionRef): Promise<UserTokens> {
  const key = userTokensKey(ref)
  const sealed = (await withRedis(stack, (redis) => redis.get(key))) ?? ''
  return UserTokens.parse(JSON.parse(sealerOf(stack, 'USER_TOKENS_KEYS', 'user tokens').open(sealed, key)))
}

export async function userSessionOf(stack: Stack, person: Parameters<typeof userSessionRefOf>[0]) {
  const key = userSessionKey(await userSessionRefOf(person))
  const sealed = (await withRedis(stack, (redis) => redis.get(key))) ?? ''
  return UserSession.parse(JSON.parse(sealerOf(stack, 'USER_SESSION_KEYS', 'user session').open(sealed, key)))
}

export const authorizationOf = (stack: Stack, id: AuthorizationId) =>
  withRedis(stack, (redis) =>
    createPendingAuthorizationRecords({
      redis,
      identityArtifactKeys: keyRingOf(stack, 'IDENTITY_ARTIFACT_KEYS'),
      service: 'session-binding',
      log: createLogger({ service: 'test', level: 'silent' }),
    }).read(id),
  )

/** Changes the expiry in the record. The TTL of the Redis key stays. */
export async function endsAt(stack: Stack, id: AuthorizationId, expiresAt: number): Promise<void> {
  const record = await authorizationOf(stack, id)
  if (!record) throw new Error(`There is no authorization ${id} that opens`)
  const { sealedProgress: _progress, sealedAuthorization: _url, sealedIdentityArtifact, ...facts } = record
  const [factsSealer, artifactSealer] = ['authorization facts', 'identity artifact'].map((purpose) =>
    sealerOf(stack, 'IDENTITY_ARTIFACT_KEYS', purpose),
  ) as [Sealer, Sealer]
  const artifact = artifactSealer.open(sealedIdentityArtifact, PLACES.identityArtifact(id, facts))
  const moved = { ...facts, expiresAt }
  await withRedis(stack, (redis) =>
    redis.hset(pendingAuthorizationKey(id), {
      facts: factsSealer.seal(JSON.stringify(moved), PLACES.authorizationFacts(id)),
      sealedIdentityArtifact: artifactSealer.seal(artifact, PLACES.identityArtifact(id, moved)),
    }),
  )
}

/** Ends the time for the binding, and lets a replica look at the authorization, as its timer would. */
export async function leaveBehind(stack: Stack, id: AuthorizationId): Promise<void> {
  const { status, browserHash } = (await authorizationOf(stack, id)) ?? {}
  const sealer = sealerOf(stack, 'IDENTITY_ARTIFACT_KEYS', 'authorization progress')
  const over = JSON.stringify({ status, browserHash, bindingEndsAt: Date.now() - 1 })
  await withRedis(stack, async (redis) => {
    await redis.hset(pendingAuthorizationKey(id), 'progress', sealer.seal(over, PLACES.authorizationProgress(id)))
    await redis.xadd(BINDING_NOTIFICATIONS_STREAM, '*', 'authorizationId', id)
  })
}

export async function hiddenIn(stack: Stack, id: AuthorizationId) {
  const record = await authorizationOf(stack, id)
  if (!record) throw new Error(`There is no authorization ${id} that opens`)
  const open = (ring: Ring, purpose: string, sealed: string, place: string) =>
    JSON.parse(sealerOf(stack, ring, purpose).open(sealed, place)) as unknown
  const hidden = open('TURN_KEYS', 'authorization', record.sealedAuthorization, PLACES.authorizationUrl(id))
  const { authorizationUrl, sessionUri } = hidden as Record<'authorizationUrl' | 'sessionUri', string>
  const place = PLACES.identityArtifact(id, record)
  const artifact = open('IDENTITY_ARTIFACT_KEYS', 'identity artifact', record.sealedIdentityArtifact, place)
  return { authorizationUrl, sessionUri, artifact: IdentityArtifact.parse(artifact), scopes: record.scopes }
}

/** Mints a workload access token with the agent workload's AWS credentials. */
async function asAgentWorkload(stack: Stack, ref: UserSessionRef) {
  const environment = stack.environments['agent-workload']
  const identity = createWorkloadIdentity({
    region: environment.AWS_REGION ?? '',
    workloadName: environment.WORKLOAD_NAME ?? '',
    timeoutMs: 60_000,
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
  return { identity, workloadAccessToken: minted.workloadAccessToken }
}

export async function keptWithoutConsent(
  stack: Stack,
  ref: UserSessionRef,
  provider: ProviderId,
  scopes: readonly string[],
) {
  const credential = PROVIDERS.get(provider)?.credential
  if (credential !== 'on-behalf-of' && credential !== 'api-key') throw new Error(`${provider} is of no such kind`)
  const { identity, workloadAccessToken } = await asAgentWorkload(stack, ref)
  const credentialProvider = stack.deployment.credentialProviders[provider] ?? ''
  const audiences = PROVIDERS.get(provider)?.audiences
  const request = { workloadAccessToken, credential, credentialProvider, scopes, audiences }
  const answer = await identity.requestWithoutConsent(request)
  if (answer.outcome !== 'token') throw new Error(answer.outcome)
  return answer.accessToken
}

export async function tokensAtAgentCore(stack: Stack, ref: UserSessionRef, provider: ProviderId, scopes: string) {
  const { identity, workloadAccessToken } = await asAgentWorkload(stack, ref)
  const answer = await identity.requestAccessToken({
    workloadAccessToken,
    credentialProvider: stack.deployment.credentialProviders[provider] ?? '',
    scopes: scopes.split(' '),
    customParameters: PROVIDERS.get(provider)?.customParameters ?? {},
    returnUrl: returnUrlOf(stack.app),
    state: 'not used',
  })
  if (answer.outcome !== 'token') throw new Error(answer.outcome)
  return { workloadAccessToken, accessToken: answer.accessToken }
}
