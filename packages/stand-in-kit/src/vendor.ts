import express, { type Express, type RequestHandler, type Router } from 'express'
import type { ClientMetadata, Configuration } from 'oidc-provider'
import { findCaller } from './access-token.ts'
import type { AccountHint } from './authorization-server/account-choice.ts'
import {
  type AuthorizationServer,
  createAuthorizationServer,
} from './authorization-server/create-authorization-server.ts'
import { interactionErrors } from './authorization-server/interaction-errors.ts'
import { signInRoutes } from './authorization-server/sign-in-routes.ts'
import { type ConsentDefinition, consentRoutes } from './consent-routes.ts'
import { controlRoutes } from './control-routes.ts'
import { API_KEY_HEADER, createFaults } from './faults.ts'
import { takeOnHabits, type VendorHabit } from './habits.ts'
import type { Look } from './pages/layout.ts'
import type { People } from './people.ts'
import { createVendorAccounts } from './vendor-accounts.ts'
import { createWitness } from './witness.ts'

export interface VendorOptions {
  /** Of its authorization server and its API. */
  origin: string
  people: People
  applicationName: string
  client: { id: string; secret: string }
  /** AgentCore's callback URL. */
  redirectUri: string
  /** For a vendor that exchanges tokens (RFC 8693). */
  signIn?: { issuer: string; clientId: string }
  /** Such as GitHub's `github-app`. */
  variant?: string
  habits?: readonly VendorHabit[]
}

/** A provider's `stand-in.ts`. */
export interface StandIn {
  /** Paths. An API with a key has neither. */
  endpoints: { authorization?: string; token?: string }
  create(options: VendorOptions): Promise<Express>
}

export interface VendorDefinition extends ConsentDefinition {
  look: Look
  accountHint?: AccountHint
  /** As in `provider.ts`. An authorization request with another separator is refused. */
  scopeSeparator?: ','
  client?: Partial<ClientMetadata>
  configuration: Configuration
  extend?: (server: AuthorizationServer) => void
  routes: (server: AuthorizationServer) => Router[]
}

/** With an authorization server and control routes. The API in `routes` has to check the access tokens itself. */
export async function createVendor(options: VendorOptions, vendor: VendorDefinition): Promise<Express> {
  const people = createVendorAccounts(options.people)
  const hint = vendor.accountHint
  const server = await createAuthorizationServer({
    issuer: options.origin,
    people,
    accountChoice: hint && { hint, accountsOf: people.accountsOf },
    look: vendor.look,
    applicationName: options.applicationName,
    clients: [
      {
        client_id: options.client.id,
        client_secret: options.client.secret,
        redirect_uris: [options.redirectUri],
        ...vendor.client,
      },
    ],
    configuration: {
      scopes: Object.keys(vendor.scopes),
      pkce: { required: () => false },
      issueRefreshToken: () => true,
      ...vendor.configuration,
    },
  })
  vendor.extend?.(server)
  // After `extend`: a habit changes the answer before the vendor's own form of it is made.
  takeOnHabits(server, options.habits ?? [], {
    authorizationPath: vendor.configuration.routes?.authorization ?? '/auth',
    known: [...[vendor.configuration.extraParams ?? []].flat(), ...(hint ? [hint] : [])].map(String),
  })
  const { watch, callsOf } = createWitness(
    async (authorization) => (await findCaller(server, authorization))?.person.subject,
  )
  const { revokeGrantsOf, tokensOf } = server.store
  const seenOf = (subject: string) => ({ tokens: tokensOf(subject), calls: callsOf(subject) })
  const app = createControlled({ people, revokeGrantsOf, seenOf }, watch)
  app.use(vendor.routes(server))
  app.use(signInRoutes(server))
  app.use(consentRoutes(server, vendor))
  if (vendor.scopeSeparator)
    app.get(vendor.configuration.routes?.authorization ?? '/auth', separatedBy(vendor.scopeSeparator))
  app.use(server.provider.callback())
  app.use(interactionErrors(server))
  return app
}

/** oidc-provider knows spaces only. */
const separatedBy =
  (separator: string): RequestHandler =>
  (request, response, next) => {
    const url = new URL(request.url, 'http://stand-in')
    const scope = url.searchParams.get('scope') ?? ''
    if (/\s/.test(scope)) return void response.status(400).json({ error: 'invalid_scope' })
    url.searchParams.set('scope', scope.replaceAll(separator, ' '))
    request.url = `${url.pathname}${url.search}`
    next()
  }

/** `client.secret` is the API key. Refuses like Amazon API Gateway. */
export async function createKeyedApi({ people, client }: VendorOptions, routes: Router): Promise<Express> {
  const app = createControlled({ people, revokeGrantsOf: () => {}, seenOf: () => ({ tokens: 0, calls: [] }) })
  app.use((request, response, next) => {
    if (request.get(API_KEY_HEADER) === client.secret) return next()
    response.status(403).json({ message: 'Forbidden' })
  })
  return app.use(routes)
}

/** Control routes, witness and faults come before the vendor's own routes. */
function createControlled(controlled: Parameters<typeof controlRoutes>[0], ...watch: RequestHandler[]): Express {
  const faults = createFaults()
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.use('/_vendor', controlRoutes(controlled, faults))
  app.use(...watch, faults.inject)
  return app
}
