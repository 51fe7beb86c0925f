import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from '@agent-identity/service-runtime'
import { digestOf, type OfferedTool } from '@agent-identity/tools'
import { toNodeHandler } from '@modelcontextprotocol/node'
import { type AuthInfo, createMcpHandler, type McpServerFactory } from '@modelcontextprotocol/server'
import { z } from 'zod'
import type { ClientSessions } from './client-sessions.ts'

/** The longest text that a tool takes has 10,000 characters of at most 3 bytes. */
const MAX_BODY_BYTES = 32_768
/** Thousands of levels would exhaust the stack. */
const MAX_LEVELS = 64
const SESSION_HEADER = 'mcp-session-id'

export type McpEndpoint = (request: IncomingMessage & { auth?: AuthInfo }, response: ServerResponse) => Promise<void>

/** Streamable HTTP by the SDK, without state in this process. */
export function createEndpoint(
  factory: McpServerFactory,
  tools: readonly Pick<OfferedTool, 'name' | 'inputSchema'>[],
  sessions: ClientSessions,
  log: Pick<Logger, 'warn'>,
): { handle: McpEndpoint; close(): Promise<void> } {
  // An error's message may contain a value that the client sent.
  const onerror = (error: Error) => log.warn({ failure: error.name }, 'an MCP request was not served')
  const argumentsOf = new Map(
    tools.flatMap(({ name, inputSchema }) =>
      inputSchema instanceof z.ZodObject ? [[name, new Set(Object.keys(inputSchema.shape))]] : [],
    ),
  )
  const mcp = createMcpHandler(factory, { maxRequestBodySize: MAX_BODY_BYTES, maxSubscriptions: 0, onerror })

  async function serve(...[request, options]: Parameters<typeof mcp.fetch>): Promise<Response> {
    const id = request.headers.get(SESSION_HEADER)
    if (id !== null && !sessions.read(id)) return sessionIsOver()
    const message = await messageOf(request)
    // A batch would be many calls, and the rate limits would count it as one.
    if (Array.isArray(message)) return invalid('Send one message in a request')
    if (isDeeperThan(MAX_LEVELS, message)) return invalid(`A message has at most ${MAX_LEVELS} levels`)
    const subscription = Subscription.safeParse(message).data
    if (subscription) return notOffered(subscription.id)
    const call = Call.safeParse(message).data
    // Before the call is hashed.
    const known = call && argumentsOf.get(call.params.name)
    if (known && Object.keys(call.params.arguments ?? {}).some((name) => !known.has(name)))
      return invalidParams(
        call.id,
        `${call.params.name} takes no other arguments than ${[...known].join(', ') || 'none'}`,
      )
    if (options?.authInfo) options.authInfo.extra = { ...options.authInfo.extra, call: callIn(message) }
    const response = await mcp.fetch(request, options)
    const begun = response.ok ? sessions.begin(message) : undefined
    if (begun) response.headers.set(SESSION_HEADER, begun)
    return response
  }
  const answer = toNodeHandler({ fetch: serve }, { maxRequestBodySize: MAX_BODY_BYTES, onerror })

  async function handle(...[request, response]: Parameters<McpEndpoint>): Promise<void> {
    const body = await bodyOf(request).catch(onerror)
    // The client went away.
    if (body === undefined) return
    if (body === 'too-large') return tooLarge(response)
    const { method = '', url = '', headers, auth } = request
    const read = (async function* () {
      yield body
    })()
    return answer({ method, url, headers, ...(auth ? { auth } : {}), [Symbol.asyncIterator]: () => read }, response)
  }
  return { handle, close: mcp.close }
}

/**
 * The body is read here, because the SDK closes the connection of a body that is too large. The client may still be sending then, and a load
 * balancer could answer 502 in our place.
 */
async function bodyOf(request: IncomingMessage): Promise<Buffer | 'too-large'> {
  if (Number(request.headers['content-length']) > MAX_BODY_BYTES) return 'too-large'
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    bytes += chunk.length
    if (bytes > MAX_BODY_BYTES) break
    chunks.push(chunk)
  }
  if (bytes <= MAX_BODY_BYTES) return Buffer.concat(chunks)
  // The rest is dropped as it arrives. Without this the connection is stuck.
  request.resume()
  return 'too-large'
}

async function messageOf(request: Request): Promise<unknown> {
  if (request.method !== 'POST') return undefined
  return request
    .clone()
    .json()
    .catch(() => undefined)
}

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((member) => isDeeperThan(levels - 1, member))
}

function callIn(message: unknown): string {
  const { params } = (message ?? {}) as { params?: { name?: unknown; arguments?: unknown } }
  return digestOf(params?.name ?? null, params?.arguments ?? null)
}

const Id = z.union([z.string(), z.number()])

const Call = z.object({
  id: Id,
  method: z.literal('tools/call'),
  params: z.object({ name: z.string(), arguments: z.custom<object>((value) => typeof value === 'object').nullish() }),
})

const invalidParams = (id: string | number, message: string) =>
  Response.json({ jsonrpc: '2.0', id, error: { code: -32_602, message } })

const Subscription = z.object({ method: z.literal('subscriptions/listen'), id: Id })

/**
 * A stream without an end would hold up the drain. The SDK would answer "too many", but a method that is not offered is "not found"
 * (2026-07-28, Streamable HTTP).
 */
const notOffered = (id: string | number) =>
  Response.json({ jsonrpc: '2.0', id, error: { code: -32_601, message: 'Method not found' } }, { status: 404 })

const invalid = (message: string) =>
  Response.json({ jsonrpc: '2.0', id: null, error: { code: -32_600, message } }, { status: 400 })

/** 2025-11-25, "Session management": at 404 the client begins a new session. */
const sessionIsOver = () =>
  Response.json(
    { jsonrpc: '2.0', id: null, error: { code: -32_001, message: 'This session is over: initialize again' } },
    { status: 404 },
  )

function tooLarge(response: ServerResponse): void {
  const error = { code: -32_000, message: `A request has at most ${MAX_BODY_BYTES} bytes` }
  response.writeHead(413, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ jsonrpc: '2.0', error, id: null }))
}
