import { ROUTES } from '@agent-identity/contracts'
import { methodNotAllowed } from '@agent-identity/service-runtime'
import type { CurrentUserSession } from '@agent-identity/user-session'
import { type Request, type RequestHandler, Router } from 'express'

export function sessionRoute(guards: {
  requireUser: RequestHandler
  userSessionOf(request: Request): CurrentUserSession
}): Router {
  const router = Router()
  router.get(ROUTES.session, guards.requireUser, (request, response) => {
    const { subject, name, email } = guards.userSessionOf(request).user
    response.json({ user: { subject, name, email } })
  })
  router.all(ROUTES.session, methodNotAllowed('GET'))
  return router
}
