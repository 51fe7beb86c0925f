import {
  errorHandler,
  type Logger,
  notFound,
  notFromAnotherSite,
  requestLog,
  securityHeaders,
} from '@agent-identity/service-runtime'
import express, { type Express, type RequestHandler, type Router } from 'express'
import { pageErrorHandler } from './page-routes.ts'

interface Dependencies {
  publicUrl: string
  health: RequestHandler
  /** The cookie and its user session. */
  userSession: RequestHandler
  /** In the order of the flow, pages last. */
  routes: readonly Router[]
  log: Logger
}

/** Only composes its dependencies; opens no connection. */
export function createApp({ publicUrl, health, userSession, routes, log }: Dependencies): Express {
  const app = express()
  app.disable('x-powered-by')
  // Answers are not cacheable (except assets, which have their own tags), so an ETag would be useless.
  app.disable('etag')
  app.set('query parser', 'simple')
  app.use(requestLog(log))
  app.use(health)
  app.use(securityHeaders(publicUrl))
  // API requests from other sites are refused before the limits of any route: a limit would count them for the user whose cookie they carry.
  app.use('/api', notFromAnotherSite)
  app.use(userSession)
  for (const router of routes) app.use(router)
  app.use(notFound)
  app.use(pageErrorHandler)
  app.use(errorHandler(log))
  return app
}
