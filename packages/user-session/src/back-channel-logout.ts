import { logoutTokenKey } from '@agent-identity/contracts'
import { isRedisAway, methodNotAllowed, requestIdOf } from '@agent-identity/service-runtime'
import { type RequestHandler, type Response, Router, urlencoded } from 'express'
import type { LogoutRefusal } from './audit.ts'
import { CLOCK_TOLERANCE_SECONDS, LOGOUT_TOKEN_SECONDS } from './logout-token.ts'
import type { SignInDeps } from './sign-in-deps.ts'
import { endUserSession } from './sign-out.ts'

/** Several times the size of a usual logout token. */
const MAX_BODY_BYTES = 16_384

/** As long as a token's age lets it be accepted: the issuer's clock may be ahead, and the age is counted in whole seconds. */
const REMEMBERED_SECONDS = LOGOUT_TOKEN_SECONDS + 2 * CLOCK_TOLERANCE_SECONDS + 1

/**
 * OpenID Connect Back-Channel Logout 1.0. The token's signature alone authenticates the request.
 *
 * @param limit counts refused requests only: an issuer sends a token for each session that ends, all from a few addresses.
 */
export function backChannelLogoutRoute(deps: SignInDeps, path: string, limit: RequestHandler): Router {
  const body = urlencoded({ extended: false, limit: MAX_BODY_BYTES, parameterLimit: 10 })
  const router = Router()
  router.route(path).post(body, backChannelLogout(deps, limit)).all(methodNotAllowed('POST'))
  return router
}

const backChannelLogout =
  (deps: SignInDeps, limit: RequestHandler): RequestHandler =>
  async (request, response, next) => {
    const requestId = requestIdOf(request)
    const refuse = async (reason: LogoutRefusal): Promise<void> => {
      await limit(request, response, (tooMany?: unknown) => {
        if (tooMany) return next(tooMany)
        deps.audit({ event: 'back_channel_logout_refused', requestId, reason })
        // With `issuer-unavailable` the token could not be checked: the issuer may send it again.
        const error = reason === 'issuer-unavailable' ? 'temporarily_unavailable' : 'invalid_request'
        answer(response, 400, { error })
      })
    }
    try {
      const reason = await endWhatIsMeant(deps, request.body, requestId)
      if (reason) await refuse(reason)
      else answer(response, 200, undefined)
    } catch (err) {
      deps.log.error({ err, requestId }, 'a logout of the issuer failed here')
      // The issuer may repeat the logout. §2.8: a failed logout is answered with 400, too.
      answer(response, 400, { error: 'temporarily_unavailable' })
    }
  }

/** @returns why the token was refused, or undefined when it was accepted. */
async function endWhatIsMeant(deps: SignInDeps, body: unknown, requestId: string): Promise<LogoutRefusal | undefined> {
  const { logout_token: sent } = (body ?? {}) as Record<string, unknown>
  if (typeof sent !== 'string') return 'not-a-logout-token'
  const token = await deps.oidc.readLogoutToken(sent)
  if ('refused' in token) return token.refused

  const taken = logoutTokenKey(token.hash)
  // Otherwise an intercepted token could end later user sessions of this user.
  if ((await deps.redis.exists(taken)) > 0) return 'replayed'
  const { userSessions, failures } = await deps.sessions.findEnded(token)
  for (const userSession of userSessions) {
    try {
      await endUserSession(deps, userSession, { event: 'signed_out_by_issuer', requestId })
    } catch (failure) {
      failures.push(failure)
      // Each further one would wait for a timeout.
      if (isRedisAway(failure)) break
    }
  }
  // Only now: one that cannot be read or ended must not keep the others alive.
  if (failures.length > 0) throw failures[0]
  // Marked only now: after an earlier mark and a failure, the issuer's repetition would be refused as a replay.
  await deps.redis.set(taken, '1', 'EX', REMEMBERED_SECONDS)
  return undefined
}

function answer(response: Response, status: 200 | 400, body: { error: string } | undefined): void {
  response.status(status).set('Cache-Control', 'no-store')
  if (body) response.json(body)
  else response.end()
}
