import type { NewProvider } from './new-provider.ts'

const AUTHORIZATION = `{ authorization: '/authorize', token: '/token' }`
const TOKEN = `{ token: '/token' }`

const GRANTS = {
  user: { endpoints: AUTHORIZATION, imports: '', definition: `configuration: { routes: endpoints },` },
  'on-behalf-of': {
    endpoints: TOKEN,
    imports: ', TOKEN_EXCHANGE, tokenExchange',
    definition: `client: { grant_types: [TOKEN_EXCHANGE], response_types: [], redirect_uris: [] },
      configuration: { routes: endpoints },
      extend: (server) => tokenExchange(server, options, ['read']),`,
  },
  machine: {
    endpoints: TOKEN,
    imports: '',
    definition: `client: { grant_types: ['client_credentials'], response_types: [], redirect_uris: [] },
      configuration: { routes: endpoints, features: { clientCredentials: { enabled: true } } },`,
  },
} as const

export const standIn = (provider: NewProvider): string =>
  provider.credential === 'api-key' ? keyed(provider) : withTokens(provider, provider.credential)

const keyed = ({
  displayName,
}: NewProvider) => `import { createKeyedApi, type StandIn } from '@agent-identity/stand-in-kit'
import { Router } from 'express'

/** Stands in for ${displayName}: an API that takes a key. */
export const standIn: StandIn = { endpoints: {}, create: (options) => createKeyedApi(options, api) }

const api = Router().get('/me', (_request, response) => {
  response.json({ name: 'everyone', items: ['The first item of everyone'] })
})
`

function withTokens({ displayName }: NewProvider, credential: keyof typeof GRANTS): string {
  const { endpoints, imports, definition } = GRANTS[credential]
  const find = credential === 'machine' ? 'findMachine' : 'findCaller'
  const name = credential === 'machine' ? `const username = 'everyone'` : `const { username } = caller.person`
  return `import { type AuthorizationServer, createVendor, ${find}, type StandIn${imports} } from '@agent-identity/stand-in-kit'
import { Router } from 'express'

const endpoints = ${endpoints}

/** Stands in for ${displayName}: its authorization server and the part of its API that the tools use. */
export const standIn: StandIn = {
  endpoints,
  create: (options) =>
    createVendor(options, {
      look: { colour: 'amber', name: '${displayName}', standsInFor: '${displayName}' },
      scopes: { read: 'Read items' },
      ${definition}
      routes: (server) => [api(server)],
    }),
}

const api = (server: AuthorizationServer) =>
  Router().get('/me', async (request, response) => {
    const caller = await ${find}(server, request.get('authorization') ?? '')
    if (!caller) return void response.status(401).json({ error: 'invalid_token' })
    if (!caller.scopes.has('read'))
      return void response.status(403).set('WWW-Authenticate', 'Bearer error="insufficient_scope"').json({})
    ${name}
    response.json({ name: username, items: [\`The first item of \${username}\`] })
  })
`
}
