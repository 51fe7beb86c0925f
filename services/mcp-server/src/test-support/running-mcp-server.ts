import type { WorkloadIdentity } from '@agent-identity/agentcore-identity'
import { composeConnections } from '@agent-identity/authorization'
import { type McpServerEnvironment, McpServerEnvironment as Schema } from '@agent-identity/contracts'
import { createLogger, listen, randomToken, userRef } from '@agent-identity/service-runtime'
import { startTestRedis } from '@agent-identity/test-redis'
import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { createMcpServer } from '../mcp-server.ts'

const ISSUER = 'https://issuer.example'
export const MODERN = '2026-07-28'

export const AGENTCORE_ASKS_FOR_CONSENT: WorkloadIdentity = {
  mintWorkloadAccessToken: async () => ({ outcome: 'minted', workloadAccessToken: 'w' }),
  mintWithoutUser: async () => ({ outcome: 'refused' }),
  requestWithoutConsent: async () => ({ outcome: 'refused' }),
  requestAccessToken: async () => ({
    outcome: 'authorization-required',
    authorizationUrl: 'https://agentcore.example/authorize?secret',
    sessionUri: 'urn:ietf:params:oauth:request_uri:secret',
  }),
}

export interface Sent {
  method?: string
  params?: object
  headers?: Record<string, string>
  body?: string
  /** Of the access token. */
  claims?: object
}

export type RunningMcpServer = Awaited<ReturnType<typeof startMcpServer>>

/** On a Redis of its own, with an issuer that signs for any subject. */
export async function startMcpServer(
  variables: Partial<Record<keyof McpServerEnvironment, string>> = {},
  overrides: Parameters<typeof createMcpServer>[1] = {},
) {
  const redis = await startTestRedis()
  const keys = await generateKeyPair('RS256')
  const jwks = createLocalJWKSet({ keys: [{ ...(await exportJWK(keys.publicKey)), alg: 'RS256' }] })
  const config = Schema.parse({
    PORT: '0',
    PUBLIC_URL: 'http://127.0.0.1',
    REDIS_URL: redis.url,
    AWS_REGION: 'us-east-1',
    CONNECTION_KEYS: ring(),
    MCP_KEYS: ring(),
    OIDC_ISSUER: ISSUER,
    MCP_CLIENT_IDS: 'editor',
    WORKLOAD_NAME: 'test',
    PROVIDERS: JSON.stringify({ github: { credentialProvider: 'github' } }),
    ...variables,
  })
  const commands = await redis.ready()
  const subscriber = redis.connect()
  const seen = { mints: 0, requests: 0 }
  const mcp = await createMcpServer(config, {
    log: createLogger({ service: 'test', level: 'silent' }),
    audit: () => undefined,
    redis: { commands, subscriber },
    issuerKeys: async () => jwks,
    identity: {
      ...AGENTCORE_ASKS_FOR_CONSENT,
      async mintWorkloadAccessToken(...request) {
        seen.mints++
        return AGENTCORE_ASKS_FOR_CONSENT.mintWorkloadAccessToken(...request)
      },
      async requestAccessToken(...request) {
        seen.requests++
        return AGENTCORE_ASKS_FOR_CONSENT.requestAccessToken(...request)
      },
    },
    ...overrides,
  })
  const server = await listen(mcp.app, { port: 0, drainSeconds: 40 })

  const { connections } = composeConnections({
    ...{ redis: commands, subscriber, connectionKeys: config.CONNECTION_KEYS },
    ...{ audit: () => undefined, clock: Date.now },
    log: createLogger({ service: 'test', level: 'silent' }),
  })
  /** Writes a connection, as a consent does. */
  async function connect(subject: string) {
    await connections.arrive({ user: userRef({ issuer: ISSUER, subject }), requestId: 'consent' }, 'github', {
      entry: { credentialProvider: 'github', scopes: 'read:user repo', parameters: {} },
      ...{ account: subject, name: subject, granted: 'read:user repo', since: Date.now(), asOf: 0, isNeeded: true },
    })
  }

  const tokenOf = (subject: string, claims: object = {}) =>
    new SignJWT({ client_id: 'editor', scope: 'mcp/tools', ...claims })
      .setProtectedHeader({ alg: 'RS256' })
      .setIssuer(ISSUER)
      .setSubject(subject)
      .setExpirationTime('1h')
      .sign(keys.privateKey)

  async function call(subject: string, { method = 'tools/call', params = {}, headers = {}, body, claims }: Sent = {}) {
    const response = await fetch(`${server.url}/mcp`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await tokenOf(subject, claims)}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': MODERN,
        'mcp-method': method,
        ...(method === 'tools/call' ? { 'mcp-name': 'list_repositories' } : {}),
        ...headers,
      },
      body: body ?? JSON.stringify(messageOf(method, params)),
    })
    return { status: response.status, headers: response.headers, body: await response.text() }
  }

  return {
    url: server.url,
    redis,
    async untilRedisAnswers() {
      while (commands.status !== 'ready' || subscriber.status !== 'ready')
        await new Promise((resolve) => setTimeout(resolve, 10))
    },
    /** Calls to AgentCore. They are not counted when `overrides` has another `identity`. */
    seen,
    tokenOf,
    connect,
    call,
    async drain() {
      mcp.drain()
      await server.stop()
    },
    async stop() {
      await server.stop()
      await mcp.stop()
      await redis.stop()
    },
  }
}

export const messageOf = (method: string, params: object) => ({
  jsonrpc: '2.0',
  id: 1,
  method,
  params: {
    ...(method === 'tools/call' ? { name: 'list_repositories', arguments: {} } : {}),
    ...params,
    _meta: {
      'io.modelcontextprotocol/protocolVersion': MODERN,
      'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': { elicitation: { url: {} } },
    },
  },
})

const ring = () => JSON.stringify({ sealWith: 'test', test: randomToken(32) })
