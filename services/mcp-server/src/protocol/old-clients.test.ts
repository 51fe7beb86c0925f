import type { OfferedTool } from '@agent-identity/tools'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createMcpHandler, type McpServerFactory } from '@modelcontextprotocol/server'
import { z } from 'zod'
import { type RunningMcpServer, startMcpServer } from '../test-support/running-mcp-server.ts'
import { createServer } from './register-tools.ts'

const VERSION = '2025-11-25'
const lines: string[] = []
const toList = (...[fields, message]: [unknown, string?]) => void lines.push(message ?? String(fields))
const log = { debug: () => undefined, info: () => undefined, warn: toList, error: toList }
const rpc = (method: string, params: object) => JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
beforeEach(() => {
  lines.length = 0
})

describe('a client of 2025-11-25', () => {
  let server: RunningMcpServer
  beforeAll(async () => {
    server = await startMcpServer({}, { log })
  })
  afterAll(() => server.stop())

  const initialize = (protocolVersion: string) =>
    server.call('alice', {
      body: rpc('initialize', { protocolVersion, capabilities: {}, clientInfo: { name: 'test', version: '1' } }),
      headers: { 'mcp-protocol-version': protocolVersion },
    })
  const list = (headers: Record<string, string>) =>
    server.call('alice', { body: rpc('tools/list', {}), headers: { 'mcp-protocol-version': VERSION, ...headers } })
  const resultIn = (body: string) => JSON.parse(/\{.*\}/.exec(body)?.[0] ?? '').result

  test('that makes up a session id is told to begin a session, and leaves no warning about sealed records', async () => {
    for (const id of ['invented', 'test.bWFkZS11cA']) expect((await list({ 'mcp-session-id': id })).status).toBe(404)
    expect(lines).toEqual([])
    const { headers } = await initialize(VERSION)
    expect((await list({ 'mcp-session-id': headers.get('mcp-session-id') ?? '' })).status).toBe(200)
  })

  test.each(['GET', 'DELETE'])('that sends %s, for a stream or the end of its session, gets 405', async (method) => {
    const { headers } = await initialize(VERSION)
    const answer = await fetch(`${server.url}/mcp`, {
      method,
      headers: {
        accept: 'text/event-stream',
        authorization: `Bearer ${await server.tokenOf('alice')}`,
        'mcp-protocol-version': VERSION,
        'mcp-session-id': headers.get('mcp-session-id') ?? '',
      },
    })
    expect(answer.status).toBe(405)
  })

  test('may speak 2025-06-18 as well', async () => {
    const { body } = await initialize('2025-06-18')
    expect(resultIn(body).protocolVersion).toBe('2025-06-18')
    expect((await list({ 'mcp-protocol-version': '2025-06-18' })).status).toBe(200)
  })

  test.each(['2025-03-26', '2024-11-05'])(
    'that asks for %s is offered 2025-11-25, and refused if it goes on with its own',
    async (version) => {
      const { body } = await initialize(version)
      expect(resultIn(body).protocolVersion).toBe(VERSION)
      expect((await list({ 'mcp-protocol-version': version })).status).toBe(400)
      expect((await list({})).status).toBe(200)
    },
  )
})

test('the outcome of a call reaches its client also when it cannot be told that the consent is complete', async () => {
  const tool = { name: 'list_repositories', description: '', does: 'read', inputSchema: z.object({}) }
  const factory: McpServerFactory = ({ era }) => {
    const server = createServer(era, {
      tools: [tool as unknown as OfferedTool],
      callTool: async () => ({
        outcome: 'done',
        result: { repositories: ['one'] },
        repeated: false,
        waitedFor: 'r'.repeat(22) as never,
      }),
      requestState: { mint: async () => '', verify: () => Promise.reject(new Error('none')) },
      sessions: { begin: () => undefined, read: () => undefined },
      publicUrl: 'http://127.0.0.1',
      log,
    })
    const connect = server.connect.bind(server)
    server.connect = (transport) => {
      const send = transport.send.bind(transport)
      transport.send = async (message, options) => {
        if ('method' in message) throw new Error('The client is gone')
        return send(message, options)
      }
      return connect(transport)
    }
    return server
  }
  const mcp = createMcpHandler(factory)
  const answer = await mcp.fetch(
    new Request('http://127.0.0.1/mcp', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': VERSION,
      },
      body: rpc('tools/call', { name: 'list_repositories', arguments: {} }),
    }),
    {
      authInfo: {
        token: 't',
        clientId: 'editor',
        scopes: [],
        extra: { issuer: 'https://issuer.example', subject: 'alice' },
      },
    },
  )
  const body = await answer.text()
  expect(body).toContain('"structuredContent":{"repositories":["one"]}')
  expect(body).not.toContain('isError')
  expect(lines).toEqual(['the end of a consent could not be told to a client'])
  await mcp.close()
})
