import { createWorkloadIdentity } from '@agent-identity/agentcore-identity'
import { connectionKeysOf, createLedger } from '@agent-identity/authorization'
import {
  AgentWorkloadEnvironment,
  Authorization,
  type AuthorizationId,
  authorizationKey,
  BINDING_NOTIFICATIONS_STREAM,
  ConnectionsAt,
  connectionsKey,
  DUE_KEY,
  dueId,
  type Entry,
  IdentityArtifact,
  PLACES,
  type ProviderId,
  returnUrlOf,
  StartId,
  splitScopes,
  startKey,
  type UserRef,
  UserSession,
  type UserSessionRef,
  UserTokens,
  userSessionKey,
  userTokensKey,
} from '@agent-identity/contracts'
import { PROVIDERS } from '@agent-identity/providers'
import { createLogger, createSealer, createStartRecords, type Sealer } from '@agent-identity/service-runtime'
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

const quiet = createLogger({ service: 'test', level: 'silent' })

function connectionKeyRingOf(stack: Stack) {
  const { CONNECTION_KEYS, TURN_KEYS } = stack.environments['agent-workload']
  const ring =
    CONNECTION_KEYS === undefined ? undefined : AgentWorkloadEnvironment.shape.CONNECTION_KEYS.parse(CONNECTION_KEYS)
  return connectionKeysOf({
    CONNECTION_KEYS: ring,
    TURN_KEYS: AgentWorkloadEnvironment.shape.TURN_KEYS.parse(TURN_KEYS),
  })
}

/** The pointers of users, as the services keep them. */
export const connectionLedgerOf = (stack: Stack, redis: Redis) =>
  createLedger({
    redis,
    keys: connectionKeyRingOf(stack),
    purpose: 'connections',
    schema: ConnectionsAt,
    key: connectionsKey as (owner: string, id: string) => string,
    clock: Date.now,
    log: quiet,
  })

const authorizationLedgerOf = (stack: Stack, redis: Redis) =>
  createLedger({
    redis,
    keys: connectionKeyRingOf(stack),
    purpose: 'authorization',
    schema: Authorization,
    key: authorizationKey as (owner: string, id: string) => string,
    clock: Date.now,
    log: quiet,
  })

async function ownerOf(redis: Redis, id: AuthorizationId): Promise<UserRef | undefined> {
  const [key] = await redis.keys(`authorization:{*}:${id}`)
  return /\{(.+)\}/.exec(key ?? '')?.[1] as UserRef | undefined
}

export const authorizationOf = (stack: Stack, id: AuthorizationId): Promise<Authorization | undefined> =>
  withRedis(stack, async (redis) => {
    const owner = await ownerOf(redis, id)
    return owner && (await authorizationLedgerOf(stack, redis).read(owner, id)).value
  })

/** Changes the expiry in the record, and lets a replica look at it. */
export async function authorizationEndsAt(
  stack: Stack,
  id: AuthorizationId,
  expiresAt: number,
  look: 'look' | 'no look' = 'look',
): Promise<void> {
  await withRedis(stack, async (redis) => {
    const owner = await ownerOf(redis, id)
    if (!owner) throw new Error(`There is no authorization ${id}`)
    const ledger = authorizationLedgerOf(stack, redis)
    for (;;) {
      const seen = await ledger.read(owner, id)
      if (!seen.value) throw new Error(`There is no authorization ${id} that opens`)
      if (await ledger.write(owner, id, seen, { ...seen.value, expiresAt }, Date.now() + 600_000)) break
    }
    if (look === 'look') await redis.zadd(DUE_KEY, Date.now(), dueId.authorization(owner, id))
  })
}

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

/** Of an authorization: its last start. */
async function lastStart(stack: Stack, id: StartId | AuthorizationId): Promise<StartId | undefined> {
  const { data } = StartId.safeParse(id)
  return data ?? (await authorizationOf(stack, id as AuthorizationId))?.starts.at(-1)
}

export async function startOf(stack: Stack, of: StartId | AuthorizationId) {
  const id = await lastStart(stack, of)
  if (!id) return undefined
  return withRedis(stack, (redis) =>
    createStartRecords({
      redis,
      identityArtifactKeys: keyRingOf(stack, 'IDENTITY_ARTIFACT_KEYS'),
      service: 'session-binding',
      log: quiet,
    }).read(id),
  )
}

async function startThatOpens(stack: Stack, of: StartId | AuthorizationId) {
  const record = await startOf(stack, of)
  if (!record) throw new Error(`There is no start ${of} that opens`)
  return record
}

/** Changes the expiry in the record of a start. The TTL of the Redis key stays. */
export async function endsAt(stack: Stack, of: StartId | AuthorizationId, expiresAt: number): Promise<void> {
  const { id, sealedProgress: _progress, sealedIdentityArtifact, ...facts } = await startThatOpens(stack, of)
  const [factsSealer, artifactSealer] = ['start facts', 'identity artifact'].map((purpose) =>
    sealerOf(stack, 'IDENTITY_ARTIFACT_KEYS', purpose),
  ) as [Sealer, Sealer]
  const artifact = artifactSealer.open(sealedIdentityArtifact, PLACES.identityArtifact(id, facts))
  const moved = { ...facts, expiresAt }
  await withRedis(stack, (redis) =>
    redis.hset(startKey(id), {
      facts: factsSealer.seal(JSON.stringify(moved), PLACES.startFacts(id)),
      sealedIdentityArtifact: artifactSealer.seal(artifact, PLACES.identityArtifact(id, moved)),
    }),
  )
}

/** Ends the time for the binding, and lets a replica look at the start, as its timer would. */
export async function leaveBehind(stack: Stack, of: StartId | AuthorizationId): Promise<void> {
  const { id, status, browserHash } = await startThatOpens(stack, of)
  const sealer = sealerOf(stack, 'IDENTITY_ARTIFACT_KEYS', 'start progress')
  const over = JSON.stringify({ status, browserHash, bindingEndsAt: Date.now() - 1 })
  await withRedis(stack, async (redis) => {
    await redis.hset(startKey(id), 'progress', sealer.seal(over, PLACES.startProgress(id)))
    await redis.xadd(BINDING_NOTIFICATIONS_STREAM, '*', 'startId', id)
  })
}

/** What the record of a start has that no browser and no log may see. */
export async function hiddenIn(stack: Stack, of: StartId | AuthorizationId) {
  const record = await startThatOpens(stack, of)
  const { id, entry, sealedIdentityArtifact } = record
  const opened = sealerOf(stack, 'IDENTITY_ARTIFACT_KEYS', 'identity artifact').open(
    sealedIdentityArtifact,
    PLACES.identityArtifact(id, record),
  )
  return { id, entry, artifact: IdentityArtifact.parse(JSON.parse(opened)) }
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

/** What AgentCore has in an entry of the token vault, asked with the agent workload's AWS credentials. */
export async function tokensAtAgentCore(stack: Stack, ref: UserSessionRef, entry: Entry) {
  const { identity, workloadAccessToken } = await asAgentWorkload(stack, ref)
  const answer = await identity.requestAccessToken({
    workloadAccessToken,
    credentialProvider: entry.credentialProvider,
    scopes: splitScopes(entry.scopes),
    customParameters: entry.parameters,
    returnUrl: returnUrlOf(stack.app),
    state: 'not used',
  })
  if (answer.outcome !== 'token') throw new Error(answer.outcome)
  return { workloadAccessToken, accessToken: answer.accessToken }
}

/** The entry of a user's connection. */
export async function entryOf(stack: Stack, user: UserRef, provider: ProviderId): Promise<Entry> {
  const { value } = await withRedis(stack, (redis) => connectionLedgerOf(stack, redis).read(user, provider))
  const entry = value?.connections.find((one) => one.entry)?.entry
  if (!entry) throw new Error(`${user} has no connection at ${provider}`)
  return entry
}
