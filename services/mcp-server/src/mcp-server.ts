import { createWorkloadIdentity, type WorkloadIdentity } from '@agent-identity/agentcore-identity'
import { createAskFirst, createErasureRecords } from '@agent-identity/authorization'
import { type McpServerEnvironment, mcpResourceOf, returnUrlOf } from '@agent-identity/contracts'
import {
  type Audit,
  auditFingerprintKey,
  type Clock,
  connectRedis,
  connectSubscriber,
  createAuditTrail,
  createLogger,
  createRateLimits,
  createRecordSealer,
  healthRoutes,
  type Logger,
  type RedisClient,
  systemClock,
} from '@agent-identity/service-runtime'
import { createVendorSlots, NO_REVOCATION_FUNCTIONS, type Offer, offerProviders } from '@agent-identity/tools'
import type { McpServer, McpServerFactory, RequestStateCodec } from '@modelcontextprotocol/server'
import type { JWTVerifyGetKey } from 'jose'
import { createIssuerKeys } from './access/issuer-keys.ts'
import { resourceMetadataOf } from './access/resource-metadata.ts'
import { createAccessTokenVerifier } from './access/verify-access-token.ts'
import { createApp } from './app.ts'
import { createClientSessions } from './protocol/client-sessions.ts'
import { createEndpoint } from './protocol/endpoint.ts'
import { createServer } from './protocol/register-tools.ts'
import { createRequestState, type RequestState } from './protocol/request-state.ts'
import { type CallToolPorts, callTool } from './tools/call-tool.ts'
import { createToolRunner } from './tools/run-tool.ts'
import { composeUserAccess } from './tools/user-access.ts'

/** Of one user at one provider, in this process: a client may send many at a time. */
const WAITING_CALLS = 32

interface Overrides {
  clock?: Clock
  log?: Logger
  audit?: Audit
  redis?: { commands: RedisClient; subscriber: RedisClient }
  identity?: WorkloadIdentity
  issuerKeys?: () => Promise<JWTVerifyGetKey>
  offer?: Offer
  mount?: (server: McpServer, requestState: RequestStateCodec<RequestState>) => void
}

/** Composes the MCP server, in the order of a call; does not listen by itself. */
export async function createMcpServer(config: McpServerEnvironment, overrides: Overrides = {}) {
  const { CONNECTION_KEYS: connectionKeys, MCP_KEYS: mcpKeys } = config
  const log = overrides.log ?? createLogger({ service: 'mcp-server', level: config.LOG_LEVEL })
  const clock = overrides.clock ?? systemClock
  const redis = overrides.redis?.commands ?? connectRedis(config, 'commands', log)
  const subscriber = overrides.redis?.subscriber ?? connectSubscriber(config, redis, log)
  const fingerprintKey = auditFingerprintKey(connectionKeys)
  const audit = overrides.audit ?? createAuditTrail({ service: 'mcp-server', fingerprintKey, clock })
  const resource = mcpResourceOf(config.PUBLIC_URL)
  /** Once it is aborted, no call waits for a consent. */
  const stopping = new AbortController()

  const erasures = createErasureRecords({ redis, connectionKeys, log })
  const verifier = createAccessTokenVerifier({
    issuer: config.OIDC_ISSUER,
    audience: config.MCP_AUDIENCE ?? resource,
    clientIds: config.MCP_CLIENT_IDS,
    keys: overrides.issuerKeys ?? createIssuerKeys(config.OIDC_ISSUER, clock),
    clock,
    log,
  })

  // Steps 3 and 4 of docs/flow.md: identify the user, and request a token of the vault
  const offer =
    overrides.offer ?? (await offerProviders({ ...config, IDENTITY_ARTIFACT_MODE: 'jwt' }, NO_REVOCATION_FUNCTIONS))
  const identity =
    overrides.identity ??
    createWorkloadIdentity({
      region: config.AWS_REGION,
      workloadName: config.WORKLOAD_NAME,
      timeoutMs: config.AGENTCORE_TIMEOUT_MS,
      log,
    })
  const access = composeUserAccess({
    ...{ redis, subscriber, connectionKeys, identity },
    offered: offer.providers,
    returnUrl: returnUrlOf(config.PUBLIC_URL),
    ttlSeconds: config.WORKLOAD_ACCESS_TOKEN_TTL_SECONDS,
    ...{ audit, clock, log },
  })

  const runner = createToolRunner({
    redis,
    effectSealer: createRecordSealer(mcpKeys, 'mcp effect', log),
    calls: access.calls,
    askFirst: createAskFirst({ redis, connectionKeys, byDefault: config.ASK_FIRST_PROVIDERS, log }),
    vendorSlots: createVendorSlots(config.VENDOR_CALLS_AT_ONCE, WAITING_CALLS),
    ...{ audit, clock, log },
  })
  const ports: CallToolPorts = {
    ...access,
    ...runner,
    offered: offer.providers,
    untilChanged: ({ owner, provider }, read, isUnderWay, signal) =>
      access.untilChanged(owner, provider, read, isUnderWay, {
        waitMs: config.MCP_CONSENT_WAIT_MS,
        signal: AbortSignal.any([signal, stopping.signal]),
      }),
    clock,
  }

  const sessions = createClientSessions(mcpKeys)
  const requestState = createRequestState(mcpKeys)
  const { publicUrl, tools } = {
    publicUrl: config.PUBLIC_URL,
    tools: offer.tools.filter(({ provider }) => provider.credential === 'user'),
  }
  const served = {
    tools,
    callTool: (call: Parameters<typeof callTool>[0]) => callTool(call, ports),
    requestState,
    sessions,
    publicUrl,
    log,
  }
  const newServer: McpServerFactory = ({ era }) => {
    const server = createServer(era, served)
    overrides.mount?.(server, requestState)
    return server
  }
  const endpoint = createEndpoint(newServer, tools, sessions, log)

  const rateLimit = createRateLimits({ redis, keys: connectionKeys })
  const app = createApp({
    publicUrl,
    resource,
    scope: config.MCP_SCOPE,
    allowedOrigins: config.MCP_ALLOWED_ORIGINS,
    health: healthRoutes(redis, () => stopping.signal.aborted),
    resourceMetadata: resourceMetadataOf({ resource, issuer: config.OIDC_ISSUER, scope: config.MCP_SCOPE }),
    verifier,
    isErased: (user, since) => erasures.isErasedSince(user, since),
    limits: {
      user: rateLimit('mcp-user', config.MCP_CALLS_PER_USER_PER_MINUTE),
      client: rateLimit('mcp-client', config.MCP_CALLS_PER_CLIENT_PER_MINUTE),
    },
    endpoint: endpoint.handle,
    log,
  })
  return {
    app,
    log,
    redis,
    /** From now on readiness fails. Calls that wait for a consent are answered. */
    drain: () => stopping.abort(),
    async stop() {
      await endpoint.close()
      redis.disconnect()
      subscriber.disconnect()
    },
  }
}
