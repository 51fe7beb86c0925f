import { AgentWorkloadEnvironment, McpServerEnvironment } from '@agent-identity/contracts'
import { createLogger, listen, type RunningServer, randomToken } from '@agent-identity/service-runtime'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { createMcpServer } from './mcp-server.ts'

const PUBLIC_URL = 'http://127.0.0.1'
const ISSUER = 'https://issuer.example'
const ring = () => JSON.stringify({ sealWith: 'test', test: randomToken(32) })

let redis: TestRedis
let server: RunningServer
let keys: Awaited<ReturnType<typeof generateKeyPair>>
let mcp: Awaited<ReturnType<typeof createMcpServer>>
let mints = 0

beforeAll(async () => {
  redis = await startTestRedis()
  keys = await generateKeyPair('RS256')
  const jwks = createLocalJWKSet({ keys: [{ ...(await exportJWK(keys.publicKey)), alg: 'RS256' }] })
  const config = McpServerEnvironment.parse({
    PORT: '0',
    PUBLIC_URL,
    REDIS_URL: redis.url,
    AWS_REGION: 'us-east-1',
    CONNECTION_KEYS: ring(),
    MCP_KEYS: ring(),
    OIDC_ISSUER: ISSUER,
    MCP_CLIENT_IDS: 'editor',
    WORKLOAD_NAME: 'test',
    MCP_CALLS_PER_USER_PER_MINUTE: '3',
    PROVIDERS: JSON.stringify({ github: { credentialProvider: 'github' } }),
  })
  const commands = redis.connect()
  await new Promise((resolve) => commands.once('ready', resolve))
  mcp = await createMcpServer(config, {
    log: createLogger({ service: 'test', level: 'silent' }),
    audit: () => undefined,
    redis: { commands, subscriber: redis.connect() },
    issuerKeys: async () => jwks,
    identity: {
      async mintWorkloadAccessToken() {
        mints++
        return { outcome: 'minted', workloadAccessToken: 'w' }
      },
      mintWithoutUser: async () => ({ outcome: 'refused' }),
      requestWithoutConsent: async () => ({ outcome: 'refused' }),
      requestAccessToken: async () => ({
        outcome: 'authorization-required',
        authorizationUrl: 'https://agentcore.example/authorize?secret',
        sessionUri: 'urn:ietf:params:oauth:request_uri:secret',
      }),
    },
  })
  server = await listen(mcp.app, { port: 0, drainSeconds: 1 })
})
afterAll(async () => {
  await server.stop()
  await mcp.stop()
  await redis.stop()
})

interface Sent {
  method?: string
  params?: object
  headers?: Record<string, string>
  /** In the place of the message. */
  body?: string
}

async function call(subject: string, { method = 'tools/call', params = {}, headers = {}, body }: Sent = {}) {
  const token = await new SignJWT({ client_id: 'editor', scope: 'mcp/tools' })
    .setProtectedHeader({ alg: 'RS256' })
    .setIssuer(ISSUER)
    .setSubject(subject)
    .setExpirationTime('1h')
    .sign(keys.privateKey)
  const response = await fetch(`${server.url}/mcp`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(method === 'tools/call' ? { 'mcp-name': 'list_repositories' } : {}),
      ...headers,
    },
    body: body ?? JSON.stringify(messageOf(method, params)),
  })
  return { status: response.status, headers: response.headers, body: await response.text() }
}

const messageOf = (method: string, params: object) => ({
  jsonrpc: '2.0',
  id: 1,
  method,
  params: {
    ...(method === 'tools/call' ? { name: 'list_repositories', arguments: {} } : {}),
    ...params,
    _meta: {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': { elicitation: { url: {} } },
    },
  },
})

test('asks for a consent, and shows neither the authorization URL nor the session URI that AgentCore gave', async () => {
  const before = mints
  const { status, body } = await call('alice')
  expect(status).toBe(200)
  expect(JSON.parse(body).result).toMatchObject({
    resultType: 'input_required',
    inputRequests: {
      consent: { params: { mode: 'url', url: expect.stringMatching(/\/authorizations\/[\w-]{22}\/start$/) } },
    },
  })
  expect(body).not.toContain('secret')
  expect(mints - before).toBe(1)
})

const callOf2025 = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'list_repositories', arguments: {} } }
const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`
const deepCall = JSON.stringify(messageOf('tools/call', { arguments: 'DEEP' }))

test.each([
  ['a batch of calls, which would count as one', { body: JSON.stringify([callOf2025, { ...callOf2025, id: 2 }]) }],
  ['a batch of one', { body: JSON.stringify([callOf2025]) }],
  ['arguments without a bottom', { body: deepCall.replace('"DEEP"', deep(5_000)) }],
  ['a message without a bottom', { body: deep(20_000) }],
])('%s is no request', async (what, sent) => {
  const before = mints
  const ofOld = { 'mcp-protocol-version': '2025-11-25' }
  for (const headers of [{}, ofOld]) {
    const { status, body } = await call(what, { ...sent, headers })
    expect([status, JSON.parse(body).error.code]).toEqual([400, -32_600])
  }
  expect(mints).toBe(before)
})

test('there is nothing to subscribe to: no answer without an end is begun', async () => {
  const notifications = { toolsListChanged: true }
  const { headers, body } = await call('subscriber', { method: 'subscriptions/listen', params: { notifications } })
  expect(headers.get('content-type')).toContain('application/json')
  expect(JSON.parse(body)).toHaveProperty('error')
})

test('a user who calls too often is told when to come back; another user is not', async () => {
  const greedy = [await call('greedy'), await call('greedy'), await call('greedy'), await call('greedy')]
  expect(greedy.map(({ status }) => status)).toEqual([200, 200, 200, 429])
  expect(Number(greedy[3]?.headers.get('retry-after'))).toBeGreaterThan(0)
  expect((await call('patient')).status).toBe(200)
})

test('a server without the agent workload’s ring does not start, and its two rings must differ', () => {
  expect(AgentWorkloadEnvironment.shape.CONNECTION_KEYS.safeParse(undefined).success).toBe(true)
  const ofServer = McpServerEnvironment.safeParse({})
  expect(ofServer.error?.issues.map(({ path }) => path[0])).toEqual(
    expect.arrayContaining(['CONNECTION_KEYS', 'MCP_KEYS', 'OIDC_ISSUER', 'WORKLOAD_NAME']),
  )
})

test.each([',', ' ', ' , '])('a list of clients that names none (%j) is refused, and is not “any client”', (text) => {
  const { MCP_CLIENT_IDS } = McpServerEnvironment.shape
  expect(MCP_CLIENT_IDS.safeParse(text).success).toBe(false)
  expect([undefined, '', 'a,b,'].map((one) => MCP_CLIENT_IDS.parse(one))).toEqual([[], [], ['a', 'b']])
})

test.each([
  ['http://127.0.0.1', 200],
  ['http://127.0.0.1:8081', 403],
  ['https://127.0.0.1', 403],
  ['http://elsewhere.example', 403],
  ['null', 403],
])('a page of %s gets %i', async (origin, status) => {
  expect((await call(origin, { headers: { origin } })).status).toBe(status)
})
