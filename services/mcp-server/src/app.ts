import { ROUTES } from '@agent-identity/contracts'
import {
  ApiError,
  errorHandler,
  isRedisAway,
  type Logger,
  limitRequests,
  notFound,
  type RateLimit,
  requestIdOf,
  requestLog,
  securityHeaders,
} from '@agent-identity/service-runtime'
import type { OAuthTokenVerifier } from '@modelcontextprotocol/server'
import express, { type ErrorRequestHandler, type Express, type Request, type RequestHandler } from 'express'
import { callerOf } from './access/caller.ts'
import { requireAccessToken } from './access/require-access-token.ts'
import { pagesOfAnySite, pagesOfOrigins, requestsToHost } from './access/web-pages.ts'
import type { McpEndpoint } from './protocol/endpoint.ts'

interface Dependencies {
  publicUrl: string
  /** `<public URL>/mcp`. */
  resource: string
  scope: string
  /** Besides our own. */
  allowedOrigins: readonly string[]
  health: RequestHandler
  /** RFC 9728. */
  resourceMetadata: unknown
  verifier: OAuthTokenVerifier
  isErased: Parameters<typeof requireAccessToken>[0]['isErased']
  limits: { user: RateLimit; client: RateLimit }
  endpoint: McpEndpoint
  log: Logger
}

/** The handlers are in the order of a request's checks. */
export function createApp(dependencies: Dependencies): Express {
  const { publicUrl, resource, scope, verifier, limits, log } = dependencies
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', 'simple')
  app.use(requestLog(log))
  app.use(dependencies.health)
  app.use(securityHeaders(publicUrl))
  const { hostname, origin } = new URL(publicUrl)
  app.use(requestsToHost(hostname))

  // A browser may send OPTIONS first.
  app
    .route(ROUTES.mcpResourceMetadata)
    .all(pagesOfAnySite)
    .get((_request, response) => void response.json(dependencies.resourceMetadata))

  const callerOfRequest = (request: Request) => callerOf(request.auth)
  app.all(
    ROUTES.mcp,
    ...pagesOfOrigins(origin, dependencies.allowedOrigins),
    requireAccessToken({ verifier, isErased: dependencies.isErased, resource, scope, log }),
    limitRequests(limits.user, (request) => callerOfRequest(request).user),
    limitRequests(limits.client, (request) => callerOfRequest(request).clientId),
    (request, response) => {
      if (request.auth) request.auth.extra = { ...request.auth.extra, requestId: requestIdOf(request) }
      return dependencies.endpoint(request, response)
    },
  )
  app.use(ROUTES.mcp, mayHaveChanged)
  app.use(notFound)
  app.use(errorHandler(log))
  return app
}

/** The error's title says "try again", and an earlier request may have begun the same change. */
const mayHaveChanged: ErrorRequestHandler = (error, _request, _response, next) => {
  const isAway = isRedisAway(error) || (error instanceof ApiError && error.code === 'temporarily_unavailable')
  if (!isAway) return next(error)
  const detail =
    'A change that was sent before may have been made: the user should have a look before it is sent again.'
  next(new ApiError('temporarily_unavailable', detail, { cause: error }))
}
