import { ROUTES } from '@agent-identity/contracts'
import { type RequestHandler, Router } from 'express'

/**
 * In front of the sign-in, where there is no user session to count by yet: leaving for the issuer writes a record, coming
 * back asks the issuer. Nothing else is counted by address.
 */
export function signInLimit(limit: RequestHandler): Router {
  const router = Router()
  router.get([ROUTES.signIn, ROUTES.signInRedirect], limit)
  return router
}
