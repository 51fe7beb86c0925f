import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { AgentWorkloadEnvironment, McpServerEnvironment } from '@agent-identity/contracts'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import {
  MODERN,
  messageOf,
  type RunningMcpServer,
  type Sent,
  startMcpServer,
} from './test-support/running-mcp-server.ts'

const INSPECTOR = 'http://localhost:6274'

let server: RunningMcpServer
beforeAll(async () => {
  server = await startMcpServer({ MCP_CALLS_PER_USER_PER_MINUTE: '3', MCP_ALLOWED_ORIGINS: INSPECTOR })
})
afterAll(() => server.stop())

const call = (subject: string, sent?: Sent) => server.call(subject, sent)

test('a call for which AgentCore has no token asks for a consent, and shows neither the authorization URL nor the session URI that AgentCore gave', async () => {
  await server.connect('alice')
  const before = server.seen.mints
  const { status, body } = await call('alice')
  expect(status).toBe(200)
  expect(JSON.parse(body).result).toMatchObject({
    resultType: 'input_required',
    inputRequests: {
      consent: { params: { mode: 'url', url: expect.stringMatching(/\/authorizations\/[\w-]{22}\/start$/) } },
    },
  })
  expect(body).not.toContain('secret')
  expect(server.seen.mints - before).toBe(1)
})

test('a call without a record of the connection asks for a consent, and asks AgentCore for nothing', async () => {
  const before = { ...server.seen }
  expect(JSON.parse((await call('newcomer')).body).result).toMatchObject({ resultType: 'input_required' })
  expect(server.seen).toEqual(before)
})

const callOf2025 = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'list_repositories', arguments: {} } }
const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`
const deepCall = JSON.stringify(messageOf('tools/call', { arguments: 'DEEP' }))

test.each([
  ['a batch of calls, which would count as one', { body: JSON.stringify([callOf2025, { ...callOf2025, id: 2 }]) }],
  ['a batch of one', { body: JSON.stringify([callOf2025]) }],
  ['arguments that are nested thousands of levels deep', { body: deepCall.replace('"DEEP"', deep(4_000)) }],
  ['a message that is nested thousands of levels deep', { body: deep(5_000) }],
])('%s is refused as an invalid request', async (what, sent) => {
  const before = server.seen.mints
  const ofOld = { 'mcp-protocol-version': '2025-11-25' }
  for (const headers of [{}, ofOld]) {
    const { status, body } = await call(what, { ...sent, headers })
    expect([status, JSON.parse(body).error.code]).toEqual([400, -32_600])
  }
  expect(server.seen.mints).toBe(before)
})

test('a subscription is refused as an unknown method, and no stream is opened', async () => {
  const notifications = { toolsListChanged: true }
  const { status, body } = await call('subscriber', { method: 'subscriptions/listen', params: { notifications } })
  expect([status, JSON.parse(body)]).toMatchObject([404, { id: 1, error: { code: -32_601 } }])
})

test('a user who calls too often is told when to come back; another user can still call', async () => {
  const greedy = [await call('greedy'), await call('greedy'), await call('greedy'), await call('greedy')]
  expect(greedy.map(({ status }) => status)).toEqual([200, 200, 200, 429])
  expect(Number(greedy[3]?.headers.get('retry-after'))).toBeGreaterThan(0)
  expect((await call('patient')).status).toBe(200)
})

test('a client with a token of its own is refused, and nothing is asked of AgentCore; a user’s token of that client is taken', async () => {
  const before = { ...server.seen }
  const { status, headers } = await call('editor')
  expect([status, headers.get('www-authenticate')]).toEqual([401, expect.stringContaining('error="invalid_token"')])
  expect(server.seen).toEqual(before)
  expect((await call('user-of-editor')).status).toBe(200)
})

test('a token without a scope, as Entra ID gives it to a client, is refused', async () => {
  const { status, headers } = await call('4f2a', { claims: { scope: undefined, roles: ['Tools'] } })
  expect([status, headers.get('www-authenticate')]).toEqual([403, expect.stringContaining('insufficient_scope')])
})

test('the MCP server does not start without `CONNECTION_KEYS`, and the agent workload does', () => {
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

test('spaces and line breaks between the names of clients are no part of them', () => {
  expect(McpServerEnvironment.shape.MCP_CLIENT_IDS.parse(' a, b ,\n c')).toEqual(['a', 'b', 'c'])
})

test.each([
  ['http://127.0.0.1', 200],
  [INSPECTOR, 200],
  ['http://localhost:6275', 403],
  ['http://127.0.0.1:8081', 403],
  ['https://127.0.0.1', 403],
  ['http://elsewhere.example', 403],
  ['null', 403],
])('a page of %s gets %i', async (origin, status) => {
  expect((await call(origin, { headers: { origin } })).status).toBe(status)
})

test.each([
  ['127.0.0.1', 200],
  ['127.0.0.1:8443', 200],
  ['evil@127.0.0.1', 403],
  ['127.0.0.1@evil.example', 403],
  ['127.0.0.1:70000', 403],
  ['127.0.0.1.evil.example', 403],
  ['127.0.0.1/', 403],
  ['127.0.0.1?', 403],
])('a call to the host %s gets %i, and a refused one asks AgentCore for nothing', async (host, status) => {
  const before = { ...server.seen }
  expect(await statusAt(host)).toBe(status)
  if (status !== 200) expect(server.seen).toEqual(before)
})

/** `fetch` sends no Host but its own. */
async function statusAt(host: string) {
  const headers = {
    host,
    authorization: `Bearer ${await server.tokenOf(`to ${host}`)}`,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': MODERN,
    'mcp-method': 'tools/call',
    'mcp-name': 'list_repositories',
  }
  const request = httpRequest(`${server.url}/mcp`, { method: 'POST', headers, agent: false })
  request.end(JSON.stringify(messageOf('tools/call', {})))
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  response.resume()
  return response.statusCode
}

test('a page that is listed can ask first, and reads the answer; another one cannot', async () => {
  const preflight = (origin: string) =>
    fetch(`${server.url}/mcp`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,mcp-protocol-version',
      },
    })
  const asked = await preflight(INSPECTOR)
  expect([asked.status, asked.headers.get('access-control-allow-origin')]).toEqual([204, INSPECTOR])
  expect(asked.headers.get('access-control-allow-headers')).toContain('authorization')
  expect((await preflight('http://elsewhere.example')).status).toBe(403)
  const { headers } = await call('page', { headers: { origin: INSPECTOR } })
  expect(headers.get('access-control-allow-origin')).toBe(INSPECTOR)
  expect(headers.get('access-control-expose-headers')).toContain('WWW-Authenticate')
  expect(headers.get('access-control-allow-credentials')).toBeNull()
})

test('any page may read where tokens are issued, also when it sends the header of its protocol version', async () => {
  const url = `${server.url}/.well-known/oauth-protected-resource/mcp`
  const origin = 'http://elsewhere.example'
  const headers = { 'access-control-request-method': 'GET', 'access-control-request-headers': 'mcp-protocol-version' }
  const asked = await fetch(url, { method: 'OPTIONS', headers: { origin, ...headers } })
  expect([asked.status, asked.headers.get('access-control-allow-headers')]).toEqual([204, 'mcp-protocol-version'])
  const metadata = await fetch(url, { headers: { origin } })
  expect([metadata.status, metadata.headers.get('access-control-allow-origin')]).toEqual([200, '*'])
  expect(await metadata.json()).toMatchObject({
    resource: 'http://127.0.0.1/mcp',
    authorization_servers: ['https://issuer.example'],
    scopes_supported: ['mcp/tools'],
  })
})

test.each([
  ['without a token', {}, undefined],
  ['with credentials of another kind', { authorization: 'Basic YTpi' }, undefined],
  ['with a token that is not taken', { authorization: 'Bearer x' }, 'invalid_token'],
])('a request %s learns where to get a token, with the error %s', async (_which, headers, error) => {
  const response = await fetch(`${server.url}/mcp`, { method: 'POST', headers })
  const challenge = response.headers.get('www-authenticate') ?? ''
  expect([response.status, challenge.match(/error="(\w+)"/)?.[1]]).toEqual([401, error])
  expect(challenge).toContain('resource_metadata="http://127.0.0.1/.well-known/oauth-protected-resource/mcp"')
  expect(challenge).toContain('scope="mcp/tools"')
})
