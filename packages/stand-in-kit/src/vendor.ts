import express, { type Express, type Router } from 'express'
import type { ClientMetadata, Configuration } from 'oidc-provider'
import {
  type AuthorizationServer,
  createAuthorizationServer,
} from './authorization-server/create-authorization-server.ts'
import { interactionErrors } from './authorization-server/interaction-errors.ts'
import { signInRoutes } from './authorization-server/sign-in-routes.ts'
import { type ConsentDefinition, consentRoutes } from './consent-routes.ts'
import { controlRoutes } from './control-routes.ts'
import { createFaults } from './faults.ts'
import type { Look } from './pages/layout.ts'
import type { People } from './people.ts'

export interface VendorOptions {
  /** Where the stand-in is reached: an origin, its authorization server's and its API's. */
  origin: string
  people: People
  applicationName: string
  client: { id: string; secret: string }
  /** AgentCore's callback URL. */
  redirectUri: string
}

/** A provider's `stand-in.ts`. */
export interface StandIn {
  /** Paths. */
  endpoints: { authorization: string; token: string }
  create(options: VendorOptions): Promise<Express>
}

/** What makes a vendor that vendor. */
export interface VendorDefinition extends ConsentDefinition {
  look: Look
  client?: Partial<ClientMetadata>
  configuration: Configuration
  /** Its REST API and whatever else it answers beside the authorization server. */
  routes: (server: AuthorizationServer) => Router[]
}

/** An authorization server with its pages, a REST API behind its tokens, and the switch for tests. */
export async function createVendor(options: VendorOptions, vendor: VendorDefinition): Promise<Express> {
  const server = await createAuthorizationServer({
    issuer: options.origin,
    people: options.people,
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
  const faults = createFaults()

  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.use('/_vendor', controlRoutes(server, faults))
  app.use(faults.inject)
  app.use(vendor.routes(server))
  app.use(signInRoutes(server))
  app.use(consentRoutes(server, vendor))
  app.use(server.provider.callback())
  app.use(interactionErrors(server))
  return app
}
