export interface NewProvider {
  id: string
  /** AgentCore's name of the vendor. */
  vendor: string
  displayName: string
  apiUrl: string
}

/** Vendors with separate servers for each customer, which AgentCore must be given. */
const WITH_DOMAIN = [
  'Auth0Oauth2',
  'CognitoOauth2',
  'CyberArkOauth2',
  'FusionAuthOauth2',
  'OktaOauth2',
  'OneLoginOauth2',
  'PingOneOauth2',
]

const camelCase = (id: string) => id.replace(/-([a-z0-9])/g, (_dash, letter: string) => letter.toUpperCase())
const pascalCase = (id: string) => camelCase(id).replace(/^./, (letter) => letter.toUpperCase())

export const indexLineOf = ({ id }: NewProvider) => `export { ${camelCase(id)} } from './${id}/provider.ts'`

/** The names and contents of a new folder's files: a provider that works against its own stand-in. */
export const filesOf = (provider: NewProvider): Record<string, string> => ({
  'provider.ts': definition(provider),
  'client.ts': client(provider),
  'tools.ts': tools(provider),
  'stand-in.ts': standIn(provider),
  'scripted.ts': scripted(provider),
  'tools.test.ts': test(provider),
})

function authorizationServer({ id, vendor, displayName }: NewProvider): string {
  const members = [`    vendor: '${vendor}',`]
  if (vendor === 'MicrosoftOauth2') members.push(`    tenantId: '{tenant}',`)
  if (vendor === 'CustomOauth2' || WITH_DOMAIN.includes(vendor)) {
    const host = vendor === 'CustomOauth2' ? `${id}.example` : '{domain}'
    members.push(
      '    endpoints: {',
      `      issuer: 'https://${host}',`,
      `      authorizationEndpoint: 'https://${host}/authorize',`,
      `      tokenEndpoint: 'https://${host}/token',`,
      '    },',
    )
  }
  return ['{', ...members, `    registerAt: 'your OAuth app at ${displayName}',`, '  }'].join('\n')
}

const definition = (provider: NewProvider) => `import type { ProviderDefinition } from '@agent-identity/provider-kit'

export const ${camelCase(provider.id)}: ProviderDefinition = {
  id: '${provider.id}',
  displayName: '${provider.displayName}',
  credential: 'user',
  authorizationServer: ${authorizationServer(provider)},
  baseScopes: ['read'],
  scopeDescriptions: { read: 'Read your items' },
  customParameters: {},
  apiUrl: '${provider.apiUrl}',
  atWork: async (settings) => (await import('./tools.ts')).${camelCase(provider.id)}AtWork(settings),
}
`

const client = ({
  id,
  displayName,
}: NewProvider) => `import { callJson, short, type VendorSettings } from '@agent-identity/provider-kit'
import { z } from 'zod'

/** What the agent does at ${displayName}. @throws VendorError */
export interface ${pascalCase(id)}Client {
  account(accessToken: string, signal: AbortSignal): Promise<string>
  items(accessToken: string, signal: AbortSignal): Promise<string[]>
}

const Me = z.object({ name: z.string(), items: z.array(z.string()) })
/** Of a longer list, so many. */
const LISTED = 50

export function create${pascalCase(id)}Client({ url, timeoutMs }: VendorSettings): ${pascalCase(id)}Client {
  const me = (accessToken: string, signal: AbortSignal) =>
    callJson(Me, \`\${url}/me\`, { accessToken, signal, timeoutMs })
  return {
    account: async (accessToken, signal) => short((await me(accessToken, signal)).name),
    items: async (accessToken, signal) => (await me(accessToken, signal)).items.slice(0, LISTED).map(short),
  }
}
`

const toolName = ({ id }: NewProvider) => `list_${id.replaceAll('-', '_')}_items`

const tools = (
  provider: NewProvider,
) => `import { defineTool, type ProviderAtWork, type VendorSettings } from '@agent-identity/provider-kit'
import { z } from 'zod'
import { create${pascalCase(provider.id)}Client } from './client.ts'

export function ${camelCase(provider.id)}AtWork(settings: VendorSettings): ProviderAtWork {
  const client = create${pascalCase(provider.id)}Client(settings)
  const listItems = defineTool({
    name: '${toolName(provider)}',
    description: "Lists the user's items at ${provider.displayName}.",
    inputSchema: z.object({}),
    scopes: ['read'],
    does: 'read',
    act: async (_input, { accessToken, signal }) => ({ items: await client.items(accessToken, signal) }),
  })
  return { account: client.account, tools: [listItems] }
}
`

const standIn = ({
  displayName,
}: NewProvider) => `import { type AuthorizationServer, createVendor, findCaller, type StandIn } from '@agent-identity/stand-in-kit'
import { Router } from 'express'

const endpoints = { authorization: '/authorize', token: '/token' }

/** Stands in for ${displayName}: its authorization server and the part of its API that the tools use. */
export const standIn: StandIn = {
  endpoints,
  create: (options) =>
    createVendor(options, {
      look: { colour: 'amber', name: '${displayName}', standsInFor: '${displayName}' },
      scopes: { read: 'Read your items' },
      configuration: { routes: endpoints },
      routes: (server) => [api(server)],
    }),
}

const api = (server: AuthorizationServer) =>
  Router().get('/me', async (request, response) => {
    const caller = await findCaller(server, request.get('authorization') ?? '')
    if (!caller) return void response.status(401).json({ error: 'invalid_token' })
    if (!caller.scopes.has('read'))
      return void response.status(403).set('WWW-Authenticate', 'Bearer error="insufficient_scope"').json({})
    const { username } = caller.person
    response.json({ name: username, items: [\`The first item of \${username}\`] })
  })
`

const scripted = (
  provider: NewProvider,
) => `import { asksFor, inList, type Scripted } from '@agent-identity/provider-kit'
import { z } from 'zod'

const Items = z.object({ items: z.array(z.string()) })

export const scripted: Scripted = {
  ${toolName(provider)}: {
    example: 'List my ${provider.displayName} items',
    request: asksFor(['what', 'which', 'show', 'list'], '${provider.displayName.replaceAll('.', '[.]')} items'),
    ability: 'list your ${provider.displayName} items',
    answer(result) {
      const { items } = Items.parse(result)
      return items.length === 0 ? 'You have no items.' : \`Your items: \${inList(items)}.\`
    },
  },
}
`

const test = (provider: NewProvider) => `import { startVendor } from '@agent-identity/stand-in-kit/test-support'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { standIn } from './stand-in.ts'
import { ${camelCase(provider.id)}AtWork } from './tools.ts'

const { signal } = new AbortController()
let vendor: Awaited<ReturnType<typeof startVendor>>
beforeAll(async () => {
  vendor = await startVendor(standIn)
})
afterAll(() => vendor.close())

test('lists the items of the user whose token it is, and knows the account by its name', async () => {
  const { access_token: accessToken } = await vendor.consent('alice', 'read')
  const { account, tools } = ${camelCase(provider.id)}AtWork({ url: vendor.origin, timeoutMs: 2_000 })
  expect(await account(accessToken, signal)).toBe('alice')
  expect(await tools[0]?.act({}, { accessToken, effectId: 'e', now: 0, signal })).toEqual({
    items: ['The first item of alice'],
  })
})

test('an invalid token is refused', async () => {
  const { account } = ${camelCase(provider.id)}AtWork({ url: vendor.origin, timeoutMs: 2_000 })
  await expect(account('wrong', signal)).rejects.toMatchObject({ reason: 'token-rejected' })
})
`
