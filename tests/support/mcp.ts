import {
  type CallToolResult,
  Client,
  type ElicitRequestURLParams,
  type OAuthClientProvider,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client'
import { exchange } from './http-browser.ts'
import type { Person } from './person.ts'
import type { Stack } from './stack.ts'

const MODERN = '2026-07-28'
const CALLBACK = 'http://127.0.0.1:45678/callback'

export const CLIENT_METADATA: OAuthClientProvider['clientMetadata'] = {
  client_name: 'Test client',
  redirect_uris: [CALLBACK],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'none',
  application_type: 'native',
}

type Stored = Awaited<ReturnType<OAuthClientProvider['tokens']>>
type Discovery = Awaited<ReturnType<NonNullable<OAuthClientProvider['discoveryState']>>>
type Information = Awaited<ReturnType<OAuthClientProvider['clientInformation']>>

/** @param clientId a client id, or the URL of a client's metadata document; without it the client registers itself */
export function signingIn(somebody: Person, clientId?: string) {
  const clientMetadataUrl = clientId?.startsWith('https:') ? clientId : undefined
  let information: Information =
    clientId && !clientMetadataUrl ? { client_id: clientId, issuer: somebody.stack.signIn } : undefined
  let discovery: Discovery
  let tokens: Stored
  let verifier = ''
  let callback: URL | undefined
  const provider: OAuthClientProvider = {
    redirectUrl: CALLBACK,
    clientMetadata: CLIENT_METADATA,
    ...(clientMetadataUrl ? { clientMetadataUrl } : {}),
    clientInformation: () => information,
    saveClientInformation: (saved) => {
      information = saved
    },
    discoveryState: () => discovery,
    saveDiscoveryState: (saved) => {
      discovery = saved
    },
    tokens: () => tokens,
    saveTokens: (saved) => {
      tokens = saved
    },
    saveCodeVerifier: (saved) => {
      verifier = saved
    },
    codeVerifier: () => verifier,
    async redirectToAuthorization(url) {
      callback = await allow(somebody, url)
    },
  }
  return { provider, callback: () => callback, accessToken: () => tokens?.access_token ?? '' }
}

/** @returns the callback URL that the browser was sent to */
async function allow({ browser, username, password }: Person, url: URL): Promise<URL> {
  const until = (to: URL) => to.href.startsWith(CALLBACK)
  let page = await browser.navigate(url, { until })
  if (page.body.includes('type="password"')) page = await browser.submit(page, { username, password }, { until })
  if (!until(page.url)) {
    if (!page.body.includes('>Allow<')) throw new Error(`No consent page: ${page.status} ${page.body.slice(0, 400)}`)
    page = await browser.submit(page, { decision: 'authorize' }, { until })
  }
  if (!until(page.url)) throw new Error(`Ended at ${page.url} with ${page.status}`)
  return page.url
}

/** Keeps no connection: the other end may be closing a kept one, and a POST is not sent again. */
export const unkept: typeof fetch = (address, init) =>
  fetch(address, { ...init, headers: { ...Object.fromEntries(new Headers(init?.headers)), connection: 'close' } })

export interface ModernClient {
  client: Client
  shown: ElicitRequestURLParams[]
  accessToken(): string
  call(name: string, args?: Record<string, unknown>): Promise<CallToolResult>
}

/** @param onLink without it the client cannot show links */
export async function modernClient(
  stack: Stack,
  somebody: Person,
  onLink?: (url: string) => Promise<'accept' | 'decline' | 'cancel'>,
  clientId = stack.mcpClient?.clientId,
): Promise<ModernClient> {
  const signIn = signingIn(somebody, clientId)
  const open = () =>
    new StreamableHTTPClientTransport(new URL(stack.mcp ?? ''), { authProvider: signIn.provider, fetch: unkept })
  const shown: ElicitRequestURLParams[] = []
  const create = () => {
    const client = new Client(
      { name: 'Test client', version: '1.0.0' },
      {
        capabilities: onLink ? { elicitation: { url: {} } } : {},
        versionNegotiation: { mode: { pin: MODERN } },
      },
    )
    if (onLink)
      client.setRequestHandler('elicitation/create', async ({ params }) => {
        if (params.mode !== 'url') throw new Error('Not a link')
        shown.push(params)
        return { action: await onLink(params.url) }
      })
    return client
  }
  const first = open()
  // No token yet: the client is told where to get one.
  await create()
    .connect(first)
    .catch((error: Error) => {
      if (!signIn.callback()) throw error
    })
  await first.finishAuth(signIn.callback()?.searchParams ?? new URLSearchParams())
  const client = create()
  await client.connect(open())
  return {
    client,
    shown,
    accessToken: signIn.accessToken,
    call: (name, args = {}) => client.callTool({ name, arguments: args }),
  }
}

export const textOf = (result: object): string => {
  const parts = ((result as { content?: unknown }).content ?? []) as { text?: string }[]
  return parts.map(({ text }) => text ?? '').join('\n')
}

export interface Reply {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string
  json: {
    result?: Record<string, unknown> & {
      inputRequests?: { consent: { params: { url: string } } }
      requestState?: string
    }
    error?: { code: number; message: string; data?: { reason?: string } }
  }
}

/** Also for requests that no correct client sends. */
export async function rawCall(
  stack: Stack,
  accessToken: string,
  call: {
    name?: string
    args?: Record<string, unknown>
    method?: string
    elicitation?: Record<string, unknown>
    requestState?: string | undefined
    action?: 'accept' | 'decline' | 'cancel'
    headers?: Record<string, string>
    body?: string
    version?: string
  },
): Promise<Reply> {
  const {
    name = 'list_calendar_events',
    args = {},
    method = 'tools/call',
    requestState,
    action,
    version = MODERN,
  } = call
  const message = {
    jsonrpc: '2.0',
    id: 1,
    method,
    params: {
      ...(method === 'tools/call' ? { name, arguments: args } : {}),
      ...(requestState === undefined
        ? {}
        : { requestState, inputResponses: { consent: { action: action ?? 'accept' } } }),
      _meta: {
        'io.modelcontextprotocol/protocolVersion': version,
        'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1' },
        'io.modelcontextprotocol/clientCapabilities': { elicitation: call.elicitation ?? { url: {} } },
      },
    },
  }
  const body = call.body ?? JSON.stringify(message)
  const url = new URL(stack.mcp ?? '')
  const answer = await exchange(
    url,
    'POST',
    {
      host: url.host,
      authorization: `Bearer ${accessToken}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': version,
      'mcp-method': method,
      ...(method === 'tools/call' ? { 'mcp-name': name } : {}),
      'content-length': String(Buffer.byteLength(body)),
      ...call.headers,
    },
    body,
  )
  return { status: answer.status, headers: answer.headers, body: answer.body, json: parse(answer.body) }
}

/** JSON, or the last message of an event stream; `{}` for anything else. */
function parse(body: string): Reply['json'] {
  const data = body
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .at(-1)
  try {
    return JSON.parse(data?.slice('data: '.length) ?? body) as Reply['json']
  } catch {
    return {}
  }
}

export const linkIn = ({ json }: Reply): string => json.result?.inputRequests?.consent.params.url ?? ''
