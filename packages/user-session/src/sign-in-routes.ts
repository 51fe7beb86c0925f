import { ROUTES } from '@agent-identity/contracts'
import { methodNotAllowed, requireSameOrigin } from '@agent-identity/service-runtime'
import { Router } from 'express'
import { backChannelLogoutRoute } from './back-channel-logout.ts'
import { finishSignIn } from './finish-sign-in.ts'
import type { SignInDeps } from './sign-in-deps.ts'
import { createSignInTransactions } from './sign-in-transactions.ts'
import { signOut } from './sign-out.ts'
import { startSignIn } from './start-sign-in.ts'

/** Mounted after `sessions.middleware`. */
export function signInRoutes(deps: SignInDeps): Router {
  const transactions = createSignInTransactions(deps)
  const router = Router()
  // Express runs the GET handler for HEAD, which would consume a sign-in.
  const getOnly = methodNotAllowed('GET')
  const limit = deps.limit ?? ((_request, _response, next) => next())
  router.route(ROUTES.signIn).head(getOnly).get(limit, startSignIn(deps, transactions)).all(getOnly)
  router.route(ROUTES.signInRedirect).head(getOnly).get(limit, finishSignIn(deps, transactions)).all(getOnly)
  router.route(ROUTES.signOut).post(requireSameOrigin(deps.publicUrl), signOut(deps)).all(methodNotAllowed('POST'))
  if (deps.limitBackChannelLogout)
    router.use(backChannelLogoutRoute(deps, ROUTES.backChannelLogout, deps.limitBackChannelLogout))
  return router
}
