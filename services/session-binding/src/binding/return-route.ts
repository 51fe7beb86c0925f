import { BINDING_OUTCOMES, type BindingOutcome, PROVIDERS, ROUTES } from '@agent-identity/contracts'
import { browserSecret, isRedisAway, type Logger, methodNotAllowed, requestIdOf } from '@agent-identity/service-runtime'
import type { CurrentUserSession, UserSessions } from '@agent-identity/user-session'
import { type ErrorRequestHandler, type Request, type RequestHandler, type Response, Router } from 'express'
import { bindingPage } from '../page/binding-page.ts'
import { type BindingResult, type BindSessionPorts, bindSession } from './bind-session.ts'
import { parseReturn } from './returned-parameters.ts'

interface Dependencies extends BindSessionPorts {
  sessions: Pick<UserSessions, 'middleware' | 'current'>
  log: Logger
}

/** Step 8: AgentCore sends the browser here, with `session_id` and `state`. A GET that acts, so nothing but a GET is taken. */
export function returnRoute(dependencies: Dependencies): Router {
  const { sessions, log } = dependencies
  const router = Router()

  // Express answers HEAD with the GET handler: a link checker or a mail scanner would consume the record.
  const getOnly: RequestHandler = (request, response, next) =>
    request.method === 'GET' ? next() : methodNotAllowed('GET')(request, response, next)

  router.all(ROUTES.sessionBinding, getOnly, ...sessions.middleware, async (request, response) => {
    const userSession = sessions.current(request)
    const result: BindingResult = userSession
      ? await bindSession(parseReturn(request.query), callerOf(request, userSession), dependencies)
      : { outcome: 'not_signed_in' }
    const { outcome, provider, ...details } = result
    log.info({ requestId: requestIdOf(request), outcome, provider, ...details }, 'session binding')
    // Who was not recognized is not told which provider somebody asked for.
    sendPage(response, outcome, outcome === 'not_recognized' || !provider ? undefined : PROVIDERS[provider].displayName)
  })

  router.use(ROUTES.sessionBinding, failed(log))
  return router
}

const callerOf = (request: Request, userSession: CurrentUserSession) => ({
  userSession: userSession.ref,
  user: userSession.userRef,
  browserSecret: browserSecret(request.get('Cookie')),
})

/** Redis away, or a record that does not open: nobody is told that it worked, and nobody that it did not. */
function failed(log: Logger): ErrorRequestHandler {
  return (error, request, response, next) => {
    if (request.method !== 'GET' || response.headersSent) return next(error)
    log.error({ err: error, redisAway: isRedisAway(error), requestId: requestIdOf(request) }, 'session binding failed')
    sendPage(response, 'try_again', undefined)
  }
}

function sendPage(response: Response, outcome: BindingOutcome, displayName: string | undefined): void {
  response
    .status(BINDING_OUTCOMES[outcome])
    .type('html')
    .send(String(bindingPage({ outcome, displayName })))
}
