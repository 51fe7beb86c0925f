import { camelCase, type NewProvider } from './new-provider.ts'
import { standIn } from './stand-in-file.ts'
import { test } from './test-file.ts'

/** Vendors with a server for each customer: AgentCore must be given its endpoints. */
const WITH_DOMAIN = [
  'Auth0Oauth2',
  'CognitoOauth2',
  'CyberArkOauth2',
  'FusionAuthOauth2',
  'OktaOauth2',
  'OneLoginOauth2',
  'PingOneOauth2',
]

const ofUser = ({ credential }: NewProvider) => credential === 'user' || credential === 'on-behalf-of'

const pascalCase = (id: string) => camelCase(id).replace(/^./, (letter) => letter.toUpperCase())

export const indexLineOf = ({ id }: NewProvider) => `export { ${camelCase(id)} } from './${id}/provider.ts'`

export const filesOf = (provider: NewProvider): Record<string, string> => ({
  'provider.ts': definition(provider),
  'client.ts': client(provider),
  'tools.ts': tools(provider),
  'stand-in.ts': standIn(provider),
  'scripted.ts': scripted(provider),
  'tools.test.ts': test(provider),
})

function authorizationServer({ id, credential, vendor, displayName }: NewProvider): string {
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
  if (credential === 'user') members.push(`    registerAt: 'your OAuth app at ${displayName}',`)
  if (credential === 'on-behalf-of' && vendor === 'CustomOauth2') members.push(`    exchange: 'TOKEN_EXCHANGE',`)
  return `authorizationServer: ${['{', ...members, '  }'].join('\n')}`
}

const whereFrom = (provider: NewProvider) =>
  provider.credential === 'api-key'
    ? `keyFrom: 'your account at ${provider.displayName}'`
    : authorizationServer(provider)

/** For `user`: the other kinds have nothing to disconnect. */
const REVOCATION = `  // Change this if the vendor can end an access token: docs/your-provider.md.
  revocation: { by: 'impossible' },
`

const definition = (provider: NewProvider) => `import type { ProviderDefinition } from '@agent-identity/provider-kit'

export const ${camelCase(provider.id)}: ProviderDefinition = {
  id: '${provider.id}',
  displayName: '${provider.displayName}',
  suggestions: ['List my ${provider.displayName} items'],
  credential: '${provider.credential}',
  ${whereFrom(provider)},
  baseScopes: ${provider.credential === 'user' ? "['read']" : '[]'},
  scopeDescriptions: { read: 'Read ${ofUser(provider) ? 'your' : 'the'} items' },
  customParameters: {},
${provider.credential === 'user' ? REVOCATION : ''}  apiUrl: '${provider.apiUrl}',
  atWork: async (settings) => (await import('./tools.ts')).${camelCase(provider.id)}AtWork(settings),
}
`

const client = ({
  id,
  credential,
  displayName,
}: NewProvider) => `${credential === 'user' ? "import type { ConnectedAccount } from '@agent-identity/contracts'\n" : ''}import { callJson, listOf, short, type VendorSettings } from '@agent-identity/provider-kit'
import { z } from 'zod'

/** What the agent does at ${displayName}. @throws VendorError */
export interface ${pascalCase(id)}Client {
${credential === 'user' ? '  account(accessToken: string, signal: AbortSignal): Promise<ConnectedAccount>\n' : ''}  items(accessToken: string, signal: AbortSignal): Promise<{ items: string[]; more?: true }>
}

/** The maximum length of a list. */
const LISTED = 50
const Me = z.object({ name: z.string(), items: listOf(z.string(), LISTED) })

export function create${pascalCase(id)}Client({ url, timeoutMs }: VendorSettings): ${pascalCase(id)}Client {
  const me = (accessToken: string, signal: AbortSignal) =>
    callJson(Me, \`\${url}/me\`, { accessToken, ${credential === 'api-key' ? "keyHeader: 'x-api-key', " : ''}signal, timeoutMs })
  return {
${credential === 'user' ? '    // Add `granted` if the vendor says what a token was granted for: docs/your-provider.md.\n    // id: what stays the same when the account gets another name.\n    account: async (accessToken, signal) => {\n      const name = short((await me(accessToken, signal)).name)\n      return { id: name, name }\n    },\n' : ''}    async items(accessToken, signal) {
      const { items, ...more } = (await me(accessToken, signal)).items
      return { items: items.map(short), ...more }
    },
  }
}
`

const toolName = ({ id }: NewProvider) => `list_${id.replaceAll('-', '_')}_items`

const atWork = ({ credential }: NewProvider) => (credential === 'user' ? 'ProviderAtWork' : 'ToolsAtWork')

const tools = (
  provider: NewProvider,
) => `import { defineTool, type ${atWork(provider)}, type VendorSettings } from '@agent-identity/provider-kit'
import { z } from 'zod'
import { create${pascalCase(provider.id)}Client } from './client.ts'

export function ${camelCase(provider.id)}AtWork(settings: VendorSettings): ${atWork(provider)} {
  const client = create${pascalCase(provider.id)}Client(settings)
  const listItems = defineTool({
    name: '${toolName(provider)}',
    description: "Lists ${ofUser(provider) ? "the user's" : 'the'} items at ${provider.displayName}.",
    pastTense: 'listed items',
    inputSchema: z.object({}),
    scopes: ['read'],
    does: 'read',
    act: (_input, { accessToken, signal }) => client.items(accessToken, signal),
  })
  return { ${provider.credential === 'user' ? 'account: client.account, ' : ''}tools: [listItems] }
}
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
