import { type ListedConsentRequest, ROUTES } from '@agent-identity/contracts'
import { methodNotAllowed } from '@agent-identity/service-runtime'
import type { CurrentUserSession } from '@agent-identity/user-session'
import { type Request, type RequestHandler, Router } from 'express'

export function consentRequestListRoute(dependencies: {
  list(userSession: CurrentUserSession): Promise<ListedConsentRequest[]>
  requireUser: RequestHandler
  limitReads: RequestHandler
  userSessionOf(request: Request): CurrentUserSession
}): Router {
  const { list, requireUser, limitReads, userSessionOf } = dependencies
  const router = Router()
  router.get(ROUTES.consentRequests, requireUser, limitReads, async (request, response) => {
    response.json(await list(userSessionOf(request)))
  })
  router.all(ROUTES.consentRequests, methodNotAllowed('GET'))
  return router
}
