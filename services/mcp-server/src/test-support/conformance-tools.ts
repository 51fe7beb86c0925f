import type { AuthorizationId } from '@agent-identity/contracts'
import {
  acceptedContent,
  type CallToolResult,
  CLIENT_CAPABILITIES_META_KEY,
  inputRequired,
  type McpServer,
  type RequestStateCodec,
  type ServerContext,
} from '@modelcontextprotocol/server'
import { z } from 'zod'
import type { RequestState } from '../protocol/request-state.ts'

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII='
const WAV = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA='

/** The conformance suite calls these tools by name. */
export function mountConformanceTools(server: McpServer, requestState: RequestStateCodec<RequestState>): void {
  const tool = (name: string, act: (context: ServerContext) => unknown) =>
    server.registerTool(
      name,
      { description: `Of the conformance suite: ${name}` },
      (context: ServerContext) => act(context) as CallToolResult,
    )
  mountContents(tool)
  mountQuestions(tool)
  mountStates(tool, requestState)
}

type Tool = (name: string, act: (context: ServerContext) => unknown) => void

const says = (text: string): CallToolResult => ({ content: [{ type: 'text', text }] })

function mountContents(tool: Tool): void {
  const image = { type: 'image', data: PNG, mimeType: 'image/png' }
  const resource = { uri: 'test://embedded-resource', mimeType: 'text/plain', text: 'An embedded resource.' }
  tool('test_simple_text', () => says('This is a simple text response for testing.'))
  tool('test_image_content', () => ({ content: [image] }))
  tool('test_audio_content', () => ({ content: [{ type: 'audio', data: WAV, mimeType: 'audio/wav' }] }))
  tool('test_embedded_resource', () => ({ content: [{ type: 'resource', resource }] }))
  tool('test_multiple_content_types', () => ({
    content: [{ type: 'text', text: 'Three kinds:' }, image, { type: 'resource', resource }],
  }))
  tool('test_error_handling', () => {
    throw new Error('This tool intentionally returns an error for testing')
  })
  tool('test_tool_with_progress', async ({ mcpReq }) => {
    const progressToken = mcpReq._meta?.progressToken
    if (progressToken !== undefined)
      for (const progress of [0, 50, 100])
        await mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, total: 100 } })
    return says(String(progressToken))
  })
  // The suite calls this tool without asking for log lines: the line must not be sent.
  tool('test_logging_tool', async ({ mcpReq }) => {
    await mcpReq.log('info', 'a line that no request asked for')
    return says('Not logged')
  })
}

const question = (message: string, field: string) =>
  inputRequired.elicit({
    message,
    requestedSchema: { type: 'object', properties: { [field]: { type: 'string' } }, required: [field] },
  })
const sampling = (text: string) =>
  inputRequired.createMessage({ messages: [{ role: 'user', content: { type: 'text', text } }], maxTokens: 100 })
const capabilitiesOf = ({ mcpReq }: ServerContext) => {
  const envelope = mcpReq.envelope as Readonly<Record<string, unknown>> | undefined
  return (envelope?.[CLIENT_CAPABILITIES_META_KEY] ?? {}) as Readonly<Record<string, unknown>>
}

function mountQuestions(tool: Tool): void {
  const Name = z.object({ name: z.string() })
  const askName = ({ mcpReq }: ServerContext) => {
    const given = acceptedContent(mcpReq.inputResponses, 'user_name', Name)
    if (given) return says(`Hello, ${given.name}!`)
    return inputRequired({ inputRequests: { user_name: question('What is your name?', 'name') } })
  }
  tool('test_input_required_result_elicitation', askName)
  tool('test_streaming_elicitation', askName)
  tool('test_input_required_result_sampling', ({ mcpReq }) => {
    const answer = mcpReq.inputResponses?.capital_question
    if (answer) return says(JSON.stringify(answer))
    return inputRequired({ inputRequests: { capital_question: sampling('What is the capital of France?') } })
  })
  tool('test_input_required_result_list_roots', ({ mcpReq }) => {
    const roots = mcpReq.inputResponses?.client_roots
    if (roots) return says(JSON.stringify(roots))
    return inputRequired({ inputRequests: { client_roots: inputRequired.listRoots() } })
  })
  tool('test_missing_capability', () => inputRequired({ inputRequests: { greeting: sampling('Say hello') } }))
  tool('test_input_required_result_capabilities', (context) => {
    const { elicitation, sampling: canSample } = capabilitiesOf(context)
    return inputRequired({
      inputRequests: {
        ...(elicitation ? { user_name: question('What is your name?', 'name') } : {}),
        ...(canSample ? { greeting: sampling('Say hello') } : {}),
      },
    })
  })
}

function mountStates(tool: Tool, requestState: RequestStateCodec<RequestState>): void {
  /** In the place of an authorization's id: the number of the round, repeated. */
  const idOf = (round: number) => `${round}`.repeat(22) as AuthorizationId
  const stateOf = (round: number, context: ServerContext) => requestState.mint({ authorization: idOf(round) }, context)
  const roundOf = ({ mcpReq }: ServerContext) => Number(mcpReq.requestState<RequestState>()?.authorization[0] ?? 0)
  const confirm = async (context: ServerContext) => {
    if (roundOf(context) === 1) return says('state-ok')
    const inputRequests = { confirm: question('Please confirm', 'ok') }
    return inputRequired({ inputRequests, requestState: await stateOf(1, context) })
  }
  tool('test_input_required_result_request_state', confirm)
  tool('test_input_required_result_tampered_state', confirm)
  tool('test_input_required_result_multiple_inputs', async (context) => {
    const { user_name: name, greeting, client_roots: roots } = context.mcpReq.inputResponses ?? {}
    if (roundOf(context) === 1 && name && greeting && roots) return says(JSON.stringify({ name, greeting, roots }))
    const inputRequests = {
      user_name: question('What is your name?', 'name'),
      greeting: sampling('Generate a greeting'),
      client_roots: inputRequired.listRoots(),
    }
    return inputRequired({ inputRequests, requestState: await stateOf(1, context) })
  })
  tool('test_input_required_result_multi_round', async (context) => {
    const round = roundOf(context) + 1
    if (round === 3) return says('Three rounds')
    const [message, field] = round === 1 ? ['Step 1: your name?', 'name'] : ['Step 2: your favorite color?', 'color']
    const inputRequests = { [`step${round}`]: question(message ?? '', field ?? '') }
    return inputRequired({ inputRequests, requestState: await stateOf(round, context) })
  })
}
