import { isRedisAway, type Logger } from '@agent-identity/service-runtime'
import { type OfferedTool, UNKNOWN_OUTCOME } from '@agent-identity/tools'
import {
  type CallToolResult,
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  inputRequired,
  McpServer,
  type RequestStateCodec,
  type ServerContext,
  UrlElicitationRequiredError,
} from '@modelcontextprotocol/server'
import { z } from 'zod'
import { callerOf } from '../access/caller.ts'
import type { CallOutcome } from '../tools/call-tool.ts'
import type { ToolCall } from '../tools/tool-call.ts'
import { clientNameOf } from './client-name.ts'
import type { ClientSessions } from './client-sessions.ts'
import type { RequestState } from './request-state.ts'
import { answerIn, failure, linkTo, resultOf, titleOf, wordsFor } from './tool-answer.ts'

interface Dependencies {
  tools: readonly OfferedTool[]
  callTool(call: ToolCall): Promise<CallOutcome>
  requestState: RequestStateCodec<RequestState>
  sessions: ClientSessions
  publicUrl: string
  log: Pick<Logger, 'warn' | 'error'>
}

type Era = 'legacy' | 'modern'

/** For one request. */
export function createServer(era: Era, dependencies: Dependencies): McpServer {
  const { tools, requestState } = dependencies
  const server = new McpServer(
    { name: 'agent-identity', title: 'Agent tools', version: '1.0.0' },
    {
      // The SDK would also agree to 2025-03-26, which has batches: they are refused here.
      supportedProtocolVersions: ['2025-11-25', '2025-06-18'],
      // `answer` gives clients of 2025-11-25 the form of their version.
      inputRequired: { legacyShim: false },
      requestState: { verify: requestState.verify },
      capabilities: { tools: { listChanged: false } },
      instructions:
        'Tools act for the signed-in user at third parties. The first use of a third party asks the user to connect it, in a browser.',
    },
  )
  for (const tool of tools)
    server.registerTool(
      tool.name,
      {
        title: titleOf(tool.name),
        description: tool.description,
        inputSchema: tool.inputSchema as z.ZodObject,
        annotations: {
          readOnlyHint: tool.does === 'read',
          destructiveHint: tool.destroys ?? false,
          idempotentHint: tool.does !== 'change',
          openWorldHint: true,
        },
      },
      (input: unknown, context: ServerContext) => answer(server, tool, input, context, era, dependencies),
    )
  return server
}

/** The SDK sends a thrown error's message to the client: only the error with the link may be thrown. */
async function answer(
  server: McpServer,
  tool: OfferedTool,
  input: unknown,
  context: ServerContext,
  era: Era,
  dependencies: Dependencies,
) {
  const { callTool, requestState, publicUrl, log } = dependencies
  const { mcpReq, http } = context
  const caller = callerOf(http?.authInfo)
  try {
    const client = era === 'modern' ? ofEnvelope(context) : ofSession(context, dependencies.sessions)
    const waitsFor = mcpReq.requestState<RequestState>()?.authorization
    const outcome = await callTool({
      tool,
      input,
      caller,
      client: { ...client, retriesUnnamed: era === 'legacy' },
      answered: waitsFor && { authorization: waitsFor, action: answerIn(mcpReq.inputResponses) },
      signal: mcpReq.signal,
    })
    if (outcome.outcome !== 'consent-needed') {
      if (era === 'legacy' && outcome.outcome === 'done' && outcome.waitedFor)
        await tellCompleted(server, outcome.waitedFor, context).catch((error: unknown) =>
          log.warn(
            { failure: (error as Error).name, requestId: caller.requestId },
            'the end of a consent could not be told to a client',
          ),
        )
      return resultOf(outcome, publicUrl)
    }
    const { authorization } = outcome
    const elicitation = { url: linkTo(authorization, publicUrl), message: wordsFor(outcome) }
    if (era === 'legacy')
      throw new UrlElicitationRequiredError([{ mode: 'url', elicitationId: authorization.id, ...elicitation }])
    return inputRequired({
      inputRequests: { consent: inputRequired.elicitUrl(elicitation) },
      requestState: await requestState.mint({ authorization: authorization.id }, context),
    })
  } catch (error) {
    if (error instanceof UrlElicitationRequiredError) throw error
    log.error({ err: error, requestId: caller.requestId, tool: tool.name }, 'a tool call failed')
    return failure(wordsOfFault(error, tool)) satisfies CallToolResult
  }
}

function wordsOfFault(error: unknown, { does }: OfferedTool): string {
  const words = isRedisAway(error) ? 'This is not available right now.' : 'That did not work.'
  // An earlier attempt may have begun the change, and its record was perhaps not read.
  if (does !== 'read') return `${words}${UNKNOWN_OUTCOME}`
  return isRedisAway(error) ? `${words} Try again in a moment.` : words
}

/**
 * MCP 2025-11-25: tells the client that the elicitation with this id is complete. The SDK's own method is not used: it looks at the client's
 * capabilities, which the SDK knows only in the request `initialize`.
 */
async function tellCompleted({ server }: McpServer, elicitationId: string, { mcpReq }: ServerContext): Promise<void> {
  const notification = { method: 'notifications/elicitation/complete', params: { elicitationId } }
  await server.transport?.send({ jsonrpc: '2.0', ...notification }, { relatedRequestId: mcpReq.id })
}

interface Client {
  showsLinks: boolean
  name?: string | undefined
}

/** What a request of 2026-07-28 says about its client. */
const Envelope = z.object({
  [CLIENT_CAPABILITIES_META_KEY]: z
    .object({ elicitation: z.object({ url: z.looseObject({}).optional() }).optional() })
    .optional(),
  [CLIENT_INFO_META_KEY]: z.object({ name: z.string().optional() }).optional(),
})

function ofEnvelope({ mcpReq }: ServerContext): Client {
  const { data } = Envelope.safeParse(mcpReq.envelope)
  return {
    showsLinks: data?.[CLIENT_CAPABILITIES_META_KEY]?.elicitation?.url !== undefined,
    name: clientNameOf(data?.[CLIENT_INFO_META_KEY]?.name),
  }
}

function ofSession({ http }: ServerContext, sessions: ClientSessions): Client {
  const id = http?.req?.headers.get('mcp-session-id')
  return (id && sessions.read(id)) || { showsLinks: false }
}
