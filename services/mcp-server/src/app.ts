import { ROUTES } from '@agent-identity/contracts'
import {
  errorHandler,
  type Logger,
  limitRequests,
  notFound,
  type RateLimit,
  requestIdOf,
  requestLog,
  securityHeaders,
} from '@agent-identity/service-runtime'
import { hostHeaderValidation, requireBearerAuth } from '@modelcontextprotocol/express'
import type { NodeMcpRequestHandler } from '@modelcontextprotocol/node'
import { getOAuthProtectedResourceMetadataUrl, type OAuthTokenVerifier } from '@modelcontextprotocol/server'
import express, { type Express, type Request, type RequestHandler } from 'express'
import { callerOf } from './access/caller.ts'

interface Dependencies {
  publicUrl: string
  /** `<public URL>/mcp`. */
  resource: string
  scope: string
  health: RequestHandler
  /** RFC 9728. */
  resourceMetadata: unknown
  verifier: OAuthTokenVerifier
  limits: { user: RateLimit; client: RateLimit }
  endpoint: NodeMcpRequestHandler
  log: Logger
}

/** Pure wiring, in the order in which a request is looked at: for whom it is, from which page, with whose token, how often. */
export function createApp(dependencies: Dependencies): Express {
  const { publicUrl, resource, scope, limits, log } = dependencies
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', 'simple')
  app.use(requestLog(log))
  app.use(dependencies.health)
  app.use(securityHeaders(publicUrl))
  const { hostname, origin } = new URL(publicUrl)
  // DNS rebinding: a page elsewhere that has had its own name point here. Programs send no Origin; a page of any other site is refused.
  app.use(hostHeaderValidation([hostname]), onlyFromOrigin(origin))

  app.route(ROUTES.mcpResourceMetadata).get((_request, response) => {
    // Public, and asked for by clients that are web pages as well.
    response.set({ 'Access-Control-Allow-Origin': '*', 'Cross-Origin-Resource-Policy': 'cross-origin' })
    response.json(dependencies.resourceMetadata)
  })

  const callerOfRequest = (request: Request) => callerOf(request.auth)
  app.all(
    ROUTES.mcp,
    requireBearerAuth({
      verifier: dependencies.verifier,
      requiredScopes: [scope],
      resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(new URL(resource)),
    }),
    limitRequests(limits.user, (request) => callerOfRequest(request).user),
    limitRequests(limits.client, (request) => callerOfRequest(request).clientId),
    (request, response) => {
      if (request.auth) request.auth.extra = { ...request.auth.extra, requestId: requestIdOf(request) }
      return dependencies.endpoint(request, response)
    },
  )
  app.use(notFound)
  app.use(errorHandler(log))
  return app
}

/** By scheme, name and port: the SDK's own compares the name only, and another port or scheme is another site's page. */
function onlyFromOrigin(own: string): RequestHandler {
  return (request, response, next) => {
    const origin = request.get('Origin')
    if (origin === undefined || origin === own) return next()
    const error = { code: -32_000, message: 'Pages of other origins cannot call this' }
    response.status(403).json({ jsonrpc: '2.0', id: null, error })
  }
}
