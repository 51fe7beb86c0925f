import { errorHandler, type Logger, notFound, requestLog, securityHeaders } from '@agent-identity/service-runtime'
import express, { type Express, type RequestHandler, type Router } from 'express'
import { pageErrorHandler } from './page-routes.ts'

interface Dependencies {
  publicUrl: string
  health: RequestHandler
  /** The cookie and the user session behind it. */
  userSession: RequestHandler
  /** In the order of the flow: sign in, ask, consent, connections, pages. */
  routes: readonly Router[]
  log: Logger
}

/** Pure wiring: what it needs comes in, nothing is opened here. */
export function createApp({ publicUrl, health, userSession, routes, log }: Dependencies): Express {
  const app = express()
  app.disable('x-powered-by')
  // Answers are not kept (assets are, and have tags of their own): nobody could ask whether one is still the same.
  app.disable('etag')
  app.set('query parser', 'simple')
  app.use(requestLog(log))
  app.use(health)
  app.use(securityHeaders(publicUrl))
  app.use(userSession)
  for (const router of routes) app.use(router)
  app.use(notFound)
  app.use(pageErrorHandler)
  app.use(errorHandler(log))
  return app
}
