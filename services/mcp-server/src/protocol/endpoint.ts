import type { Logger } from '@agent-identity/service-runtime'
import { digestOf } from '@agent-identity/tools'
import { type NodeMcpRequestHandler, toNodeHandler } from '@modelcontextprotocol/node'
import { createMcpHandler, type McpServerFactory } from '@modelcontextprotocol/server'
import type { ClientSessions } from './client-sessions.ts'

/** Arguments of a tool are a few kilobytes. */
const MAX_BODY_BYTES = 262_144
const SESSION_HEADER = 'mcp-session-id'

/**
 * Streamable HTTP by the SDK: 2026-07-28, and 2025-11-25 without state in this process. What it lacks is added around it: which call this is,
 * for `requestState`, and sessions of 2025-11-25 that any replica reads.
 */
export function createEndpoint(
  factory: McpServerFactory,
  sessions: ClientSessions,
  log: Pick<Logger, 'warn'>,
): { handle: NodeMcpRequestHandler; close(): Promise<void> } {
  // An error's message may hold a value of the client's: its name is enough.
  const onerror = (error: Error) => log.warn({ failure: error.name }, 'an MCP request was not served')
  const mcp = createMcpHandler(factory, { maxRequestBodySize: MAX_BODY_BYTES, onerror })

  async function serve(...[request, options]: Parameters<typeof mcp.fetch>): Promise<Response> {
    const id = request.headers.get(SESSION_HEADER)
    if (id !== null && !sessions.read(id)) return sessionIsOver()
    const message = await messageOf(request)
    if (options?.authInfo) options.authInfo.extra = { ...options.authInfo.extra, call: callIn(message) }
    const response = await mcp.fetch(request, options)
    const begun = response.ok ? sessions.begin(message) : undefined
    if (begun) response.headers.set(SESSION_HEADER, begun)
    return response
  }
  return { handle: toNodeHandler({ fetch: serve }, { maxRequestBodySize: MAX_BODY_BYTES, onerror }), close: mcp.close }
}

/** The SDK answers for what is no message. */
async function messageOf(request: Request): Promise<unknown> {
  if (request.method !== 'POST') return undefined
  return request
    .clone()
    .json()
    .catch(() => undefined)
}

/** Tool and arguments, as they came. */
function callIn(message: unknown): string {
  const { params } = (message ?? {}) as { params?: { name?: unknown; arguments?: unknown } }
  return digestOf(params?.name ?? null, params?.arguments ?? null)
}

/** 2025-11-25, "Session management": the client begins a new one. */
const sessionIsOver = () =>
  Response.json(
    { jsonrpc: '2.0', id: null, error: { code: -32_001, message: 'This session is over: initialize again' } },
    { status: 404 },
  )
