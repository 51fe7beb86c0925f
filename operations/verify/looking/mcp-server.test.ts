import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from '@jest/globals'
import { lookAtMcpServer } from './mcp-server.ts'

let server: Server | undefined
afterEach(async () => {
  server?.closeAllConnections()
  server?.close()
})

async function appThat(does: 'ask' | 'take any' | 'break off'): Promise<string> {
  let app = ''
  server = createServer((request, response) => {
    if (does === 'break off') return request.socket.resetAndDestroy()
    if (request.method === 'GET') return response.end(JSON.stringify({ resource: `${app}/mcp` }))
    if (does === 'take any' && request.headers.authorization) return response.end('{}')
    const metadata = `${app}/.well-known/oauth-protected-resource/mcp`
    return response.writeHead(401, { 'www-authenticate': `Bearer resource_metadata="${metadata}"` }).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  app = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return app
}

const verdicts = async (app: string) => (await lookAtMcpServer(app)).map(({ id, verdict }) => `${id} ${verdict}`)

test('an MCP server that demands a token, and says where to get one, holds', async () => {
  expect(await verdicts(await appThat('ask'))).toEqual([
    'mcp-no-token holds',
    'mcp-forged-token holds',
    'mcp-resource holds',
  ])
})

test('an MCP server that takes any token fails the run', async () => {
  expect(await verdicts(await appThat('take any'))).toContain('mcp-forged-token contradicted')
})

test('an MCP server that does not answer leaves the rest of the report', async () => {
  const notTried = { kind: 'flow', verdict: 'not tried', seen: 'not tried: a request broke off: TypeError' }
  expect(await lookAtMcpServer(await appThat('break off'))).toEqual(
    ['mcp-no-token', 'mcp-forged-token', 'mcp-resource'].map((id) => expect.objectContaining({ id, ...notTried })),
  )
})
