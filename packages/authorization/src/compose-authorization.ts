import type { WorkloadIdentity } from '@agent-identity/agentcore-identity'
import {
  type AgentWorkloadEnvironment,
  type AuthorizationId,
  type ConnectedAccount,
  type OfferedProviders,
  type ProviderId,
  returnUrlOf,
  type UserRef,
  type UserSessionRef,
  type VendorRevocation,
} from '@agent-identity/contracts'
import {
  type Audit,
  type Clock,
  createPendingAuthorizationRecords,
  createRecordSealer,
  type Logger,
  type RedisClient,
} from '@agent-identity/service-runtime'
import type { UserSessions, UserTokenStore } from '@agent-identity/user-session'
import { createAccessWithoutConsent } from './access-without-consent.ts'
import { createAuditedWorkloadAccessTokens } from './audited-minting.ts'
import { createAuthorization } from './authorization.ts'
import { createAuthorizationStarts } from './authorization-starts.ts'
import { isAuthorizationUrlAt } from './authorization-url.ts'
import { createAccountByHint } from './connections/account-by-hint.ts'
import { createAccounts } from './connections/accounts.ts'
import { composeDisconnections } from './connections/compose-disconnections.ts'
import { createConnect } from './connections/connect.ts'
import { createConnectionCalls } from './connections/connection-calls.ts'
import { connectionKeysOf } from './connections/connection-keys.ts'
import { createConnectionRecords } from './connections/connection-records.ts'
import { createConnectionUses } from './connections/connection-uses.ts'
import { createConnections } from './connections/connections.ts'
import { createErasureRecords } from './erasures/erasure-records.ts'
import { forgetDetails } from './erasures/forget-details.ts'
import { latchAbsent } from './erasures/latch-absent.ts'
import { identityArtifacts } from './identity-artifact.ts'
import { createPendingAuthorizations } from './pending-authorizations.ts'
import type { SettleAuthorizationPorts } from './settle-authorization.ts'

interface Dependencies {
  config: Pick<
    AgentWorkloadEnvironment,
    | 'PUBLIC_URL'
    | 'IDENTITY_ARTIFACT_MODE'
    | 'USER_ID_PREFIX'
    | 'PENDING_AUTHORIZATION_TTL_SECONDS'
    | 'PENDING_AUTHORIZATIONS_PER_USER_SESSION'
    | 'WORKLOAD_ACCESS_TOKEN_TTL_SECONDS'
    | 'ACCESS_WITHOUT_CONSENT_TTL_SECONDS'
    | 'IDENTITY_ARTIFACT_KEYS'
    | 'TURN_KEYS'
    | 'CONNECTION_KEYS'
    | 'USER_TOKENS_KEYS'
    | 'CONSENTS_AT_ONCE'
    | 'AUTHORIZATION_URL_ORIGIN'
  >
  redis: RedisClient
  subscriber: RedisClient
  sessions: UserSessions
  userTokens: UserTokenStore
  identity: WorkloadIdentity
  offered: OfferedProviders
  accountOf(provider: ProviderId, accessToken: string, signal: AbortSignal): Promise<ConnectedAccount>
  revoke(provider: ProviderId, accessToken: string): Promise<VendorRevocation>
  waiting: SettleAuthorizationPorts['waiting']
  notify(id: AuthorizationId): Promise<void>
  audit: Audit
  clock: Clock
  log: Logger
}

/** Steps 3 to 6 and 10 of docs/flow.md. */
export function composeAuthorization(dependencies: Dependencies) {
  const { config, redis, sessions, userTokens, identity, audit, clock, log } = dependencies

  // Step 3: identify.
  const workloadAccessTokens = createAuditedWorkloadAccessTokens(
    {
      identity,
      artifactFor: identityArtifacts({
        mode: config.IDENTITY_ARTIFACT_MODE,
        userIdPrefix: config.USER_ID_PREFIX,
        minimumSeconds: config.PENDING_AUTHORIZATION_TTL_SECONDS + 60,
        sessions,
        userTokens,
      }),
      ttlSeconds: config.WORKLOAD_ACCESS_TOKEN_TTL_SECONDS,
      authorizationSeconds: config.PENDING_AUTHORIZATION_TTL_SECONDS,
      clock,
    },
    audit,
  )

  // Step 5: remember. Also the records of connections and erasures.
  const records = createPendingAuthorizationRecords({
    redis,
    identityArtifactKeys: config.IDENTITY_ARTIFACT_KEYS,
    service: 'agent-workload',
    log,
  })
  const authorizations = createPendingAuthorizations({
    redis,
    records,
    authorizationSealer: createRecordSealer(config.TURN_KEYS, 'authorization', log),
    artifactSealer: createRecordSealer(config.IDENTITY_ARTIFACT_KEYS, 'identity artifact', log),
    ttlSeconds: config.PENDING_AUTHORIZATION_TTL_SECONDS,
    perUserSession: config.PENDING_AUTHORIZATIONS_PER_USER_SESSION,
    clock,
  })
  const connectionRecords = createConnectionRecords({
    redis,
    connectionKeys: connectionKeysOf(config),
    userTokensKeys: config.USER_TOKENS_KEYS,
    audit,
    clock,
    log,
  })
  const connections = createConnections({ records: connectionRecords, clock })
  const byHint = createAccountByHint({
    records: connectionRecords,
    authorizations,
    connectionKeys: connectionKeysOf(config),
    clock,
  })
  const accounts = {
    ...createAccounts({ records: connectionRecords }),
    byHint,
    makeDefault: connectionRecords.writeDefault,
  }
  const uses = createConnectionUses({ redis, connectionKeys: connectionKeysOf(config), clock, log })
  const calls = createConnectionCalls({ ...dependencies, records: connectionRecords, uses })

  const erasures = createErasureRecords({ redis, connectionKeys: connectionKeysOf(config), log })
  // When the user session has ended, the time of its sign-in is not known: any mark counts.
  const isErased = async ({ user, userSession }: { user: UserRef; userSession: UserSessionRef }) =>
    erasures.isErasedSince(user, (await sessions.find(userSession))?.signedInAt ?? 0)

  // Step 6: start.
  const { CONSENTS_AT_ONCE: consentsAtOnce } = config
  const starts = createAuthorizationStarts({ redis, turnKeys: config.TURN_KEYS, records, consentsAtOnce, clock, log })
  const isAuthorizationUrl = isAuthorizationUrlAt(config.AUTHORIZATION_URL_ORIGIN)

  // Step 4 without consent.
  const withoutConsent = createAccessWithoutConsent({
    identity,
    workloadAccessTokens,
    workloadTokenSeconds: config.WORKLOAD_ACCESS_TOKEN_TTL_SECONDS,
    ttlSeconds: config.ACCESS_WITHOUT_CONSENT_TTL_SECONDS,
    audit,
    clock,
  })

  // Step 4: request. Step 10: settle.
  const atAgentCore = {
    ...dependencies,
    workloadAccessTokens,
    authorizations,
    isErased,
    isAuthorizationUrl,
    returnUrl: returnUrlOf(config.PUBLIC_URL),
  }
  const disconnections = composeDisconnections({ ...dependencies, atAgentCore, records: connectionRecords, calls })
  const connect = createConnect({ ...dependencies, calls, connections, disconnections, isErased })
  const authorization = createAuthorization({
    ...atAgentCore,
    connections,
    accounts,
    calls,
    connect,
    disconnections,
    withoutConsent,
  })
  return {
    ...authorization,
    offered: dependencies.offered,
    authorizations,
    connections,
    accounts,
    calls,
    uses,
    connect,
    disconnections,
    starts,
    isAuthorizationUrl,
    latchAbsent: (user: UserRef, provider: ProviderId) => latchAbsent(user, provider, connectionRecords),
    forgetDefault: connectionRecords.forgetDefault,
    forgetDetails: (user: UserRef, provider: ProviderId, endedAt: number) =>
      forgetDetails(user, provider, endedAt, connectionRecords),
    /** Drops this user session's tokens from the caches of this process. A run keeps its own. */
    forget(ref: UserSessionRef): void {
      workloadAccessTokens.drop(ref)
      withoutConsent.drop(ref)
    },
  }
}

export type ComposedAuthorization = ReturnType<typeof composeAuthorization>
