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
  userSession: RequestHandler
  routes: readonly Router[]
  log: Logger
}

export function createApp({ publicUrl, health, userSession, routes, log }: Dependencies): Express {
  const app = express()
  app.disable('x-powered-by')
  // Assets set their own ETag.
  app.disable('etag')
  app.set('query parser', 'simple')
  app.use(requestLog(log))
  app.use(health)
  app.use(securityHeaders(publicUrl))
  // Before the limits are counted: a page on another host of this site could use them up with the user's cookie.
  app.use('/api', notFromAnotherSite)
  app.use(userSession)
  for (const router of routes) app.use(router)
  app.use(notFound)
  app.use(pageErrorHandler)
  app.use(errorHandler(log))
  return app
}
