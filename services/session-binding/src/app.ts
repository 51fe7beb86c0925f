import { ROUTES } from '@agent-identity/contracts'
import { errorHandler, notFound, requestLog, securityHeaders } from '@agent-identity/service-runtime'
import express, { type Express, type RequestHandler } from 'express'
import { returnRoute } from './binding/return-route.ts'
import { bindingAssetRoutes } from './page/binding-asset-routes.ts'

type Dependencies = Parameters<typeof returnRoute>[0] & { publicUrl: string; health: RequestHandler }

export function createApp(dependencies: Dependencies): Express {
  const app = express()
  app.disable('x-powered-by')
  // Pages are not cached; assets set their own ETag.
  app.disable('etag')
  app.set('query parser', 'simple')
  app.use(requestLog(dependencies.log))
  app.use(dependencies.health)
  app.use(securityHeaders(dependencies.publicUrl))
  app.use(returnRoute(dependencies))
  app.use(ROUTES.sessionBindingAssets, bindingAssetRoutes())
  app.use(notFound)
  app.use(errorHandler(dependencies.log))
  return app
}
