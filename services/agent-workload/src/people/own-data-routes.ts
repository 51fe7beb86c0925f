import { pipeline } from 'node:stream/promises'
import { ROUTES } from '@agent-identity/contracts'
import { ApiError, type Audit, type Clock, methodNotAllowed, requestIdOf } from '@agent-identity/service-runtime'
import { type CurrentUserSession, forgetBrowser } from '@agent-identity/user-session'
import { type Request, type RequestHandler, Router } from 'express'
import { limitDownloads } from './download-slots.ts'
import { endedConnections } from './ended-connections.ts'
import type { Erasures } from './erasures.ts'
import { requireRecentSignIn } from './recent-sign-in.ts'
import type { SameBrowser } from './require-same-browser.ts'
import { type UserDataPorts, userData } from './user-data.ts'

interface Dependencies {
  erasures: Pick<Erasures, 'end'>
  data: UserDataPorts
  userSessionOf(request: Request): CurrentUserSession
  requireUser: RequestHandler
  requireSameOrigin: RequestHandler
  /** Of downloads, which must not use up `limitErasing`. */
  limit: RequestHandler
  limitErasing: RequestHandler
  sameBrowser: SameBrowser
  /** Whether the user has been erased since this sign-in, or is being erased now. */
  isErased(userSession: CurrentUserSession): Promise<boolean>
  audit: Audit
  clock: Clock
}

/** The client has left, or took too long: no fault of this service. */
function unlessClosed(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error
}

const SIGN_IN_MAX_AGE_MS = 900_000

export function ownDataRoutes(dependencies: Dependencies): Router {
  const { erasures, data, userSessionOf, requireUser, requireSameOrigin, sameBrowser, audit } = dependencies
  const recently = requireRecentSignIn(
    // An issuer that does not say when it authenticated its users must not keep them from being erased.
    ({ authenticatedAt, signedInAt }) => authenticatedAt ?? signedInAt,
    { maxAgeMs: SIGN_IN_MAX_AGE_MS, userSessionOf, audit, clock: dependencies.clock },
  )

  const router = Router()

  router.head(ROUTES.myData, methodNotAllowed('GET'))
  const slot = limitDownloads((request) => userSessionOf(request).userRef)
  router.get(
    ROUTES.myData,
    requireUser,
    sameBrowser('download_refused'),
    dependencies.limit,
    slot,
    async (request, response) => {
      const userSession = userSessionOf(request)
      // While a user is being erased, their user session may still be alive.
      if (await dependencies.isErased(userSession)) throw new ApiError('not_signed_in')
      const { userRef: user, ref } = userSession
      // Before the head: what fails here is answered as an error.
      const pieces = await userData(userSession, data)
      audit({ event: 'user_data_downloaded', requestId: requestIdOf(request), user, userSession: ref })
      response.type('json').attachment('agent-data.json')
      await pipeline(pieces, response).catch(unlessClosed)
    },
  )

  router.delete(
    ROUTES.me,
    requireSameOrigin,
    requireUser,
    sameBrowser('erasure_refused'),
    dependencies.limitErasing,
    recently,
    async (request, response) => {
      const userSession = userSessionOf(request)
      // A record that cannot be listed must not keep its user from being erased.
      const listed = () => data.connectionsOf(userSession).catch(() => [])
      const before = await listed()
      await erasures.end({ user: userSession.userRef, by: 'user', actor: userSession, requestId: requestIdOf(request) })
      const after = await listed()
      forgetBrowser(response)
      response.json({ connections: endedConnections(before, after) })
    },
  )

  router.all(ROUTES.myData, methodNotAllowed('GET'))
  router.all(ROUTES.me, methodNotAllowed('DELETE'))
  return router
}
