import { mcpResourceOf, ROUTES } from '@agent-identity/contracts'
import { flowRowOfRequests } from '../flow/flow-row.ts'
import type { Row } from '../report/row.ts'

const TIMEOUT_MS = 10_000

export async function lookAtMcpServer(app: string): Promise<Row[]> {
  const metadataUrl = `${app}${ROUTES.mcpResourceMetadata}`
  const told = async (authorization: Record<string, string>) => {
    const answer = await post(mcpResourceOf(app), authorization)
    const names = answer.challenge.includes(`resource_metadata="${metadataUrl}"`)
    return `${answer.status} ${names ? 'with resource_metadata' : 'without resource_metadata'}`
  }
  return [
    await flowRowOfRequests('mcp-no-token', 'An MCP client without a token', '401 with resource_metadata', () =>
      told({}),
    ),
    await flowRowOfRequests('mcp-forged-token', 'An MCP client with a forged token', '401 with resource_metadata', () =>
      told({ authorization: 'Bearer a.forged.token' }),
    ),
    await flowRowOfRequests(
      'mcp-resource',
      "The MCP server's metadata names the resource of this app",
      'this app',
      async () => ((await resourceAt(metadataUrl)) === mcpResourceOf(app) ? 'this app' : 'another resource, or none'),
    ),
  ]
}

async function post(url: string, authorization: Record<string, string>) {
  const response = await fetch(url, {
    method: 'POST',
    redirect: 'manual',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...authorization,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  await response.body?.cancel()
  return { status: response.status, challenge: response.headers.get('www-authenticate') ?? '' }
}

async function resourceAt(url: string): Promise<unknown> {
  const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) })
  const metadata = await response.json().catch(() => undefined)
  return (metadata as { resource?: unknown } | undefined)?.resource
}
