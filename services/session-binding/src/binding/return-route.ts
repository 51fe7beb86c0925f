import { BINDING_OUTCOMES, type BindingOutcome, ROUTES } from '@agent-identity/contracts'
import {
  type Audit,
  browserSecret,
  isRedisAway,
  type Logger,
  methodNotAllowed,
  type RateLimit,
  requestIdOf,
} from '@agent-identity/service-runtime'
import type { CurrentUserSession, UserSessionReader } from '@agent-identity/user-session'
import { type ErrorRequestHandler, type Request, type RequestHandler, type Response, Router } from 'express'
import { bindingPage } from '../page/binding-page.ts'
import { type BindSessionPorts, bindSession } from './bind-session.ts'
import type { BindingAudit } from './binding-trail.ts'
import { parseReturn } from './returned-parameters.ts'

interface Dependencies extends Omit<BindSessionPorts, 'audit'> {
  userSessions: Pick<UserSessionReader, 'of'>
  /** `address` counts requests without a user session. */
  limits: { userSession: RateLimit; address: RateLimit }
  addressOf(request: Request): string
  audit: Audit
  log: Logger
}

/** Step 8: AgentCore sends the browser here. */
export function returnRoute(dependencies: Dependencies): Router {
  const { userSessions, limits, addressOf, audit, log } = dependencies
  const router = Router()

  // A HEAD with the user's cookies would consume the record.
  const getOnly: RequestHandler = (request, response, next) =>
    request.method === 'GET' ? next() : methodNotAllowed('GET')(request, response, next)

  router.all(ROUTES.sessionBinding, getOnly, async (request, response) => {
    const requestId = requestIdOf(request)
    const userSession = await userSessions.of(request)
    // The limits are applied before any authorization is read.
    const reached = await (userSession ? limits.userSession(userSession.ref) : limits.address(addressOf(request)))
    if (reached) {
      log.warn({ requestId, of: userSession ? 'user session' : 'address' }, 'too many returns')
      response.setHeader('Retry-After', String(reached.retryAfterSeconds))
      return sendPage(response, 'try_again', undefined)
    }

    const returned = parseReturn(request.query)
    const say: BindingAudit = (event) => audit({ ...event, requestId })
    const caller = userSession && callerOf(request, userSession)
    const result = await bindSession(returned, caller, { ...dependencies, audit: say })
    const { outcome, provider, displayName, ...details } = result
    log.info({ requestId, outcome, provider, ...details }, 'session binding')
    sendPage(response, outcome, outcome === 'not_recognized' ? undefined : displayName)
  })

  router.use(ROUTES.sessionBinding, failed(log))
  return router
}

const callerOf = (request: Request, userSession: CurrentUserSession) => ({
  userSession: userSession.ref,
  user: userSession.userRef,
  browserHash: userSession.browserHash,
  browserSecret: browserSecret(request.get('Cookie')),
})

/** The page claims neither success nor failure. */
function failed(log: Logger): ErrorRequestHandler {
  return (error, request, response, next) => {
    if (request.method !== 'GET' || response.headersSent) return next(error)
    log.error({ err: error, redisAway: isRedisAway(error), requestId: requestIdOf(request) }, 'session binding failed')
    sendPage(response, 'try_again', undefined)
  }
}

function sendPage(response: Response, outcome: BindingOutcome, displayName: string | undefined): void {
  response.status(BINDING_OUTCOMES[outcome]).type('html').send(bindingPage({ outcome, displayName }))
}
