import { randomUUID } from 'node:crypto'
import { type NextFunction, type Request, type Response, Router } from 'express'
import type { EmulatorState } from '../emulator-state.ts'
import { authorize } from './authorize.ts'
import type { BrowserAnswer } from './browser-answer.ts'
import { callback } from './callback.ts'
import { errorPage } from './error-page.ts'
import type { Leg, Outcome, Travel } from './travel.ts'

/** The requests are not signed: everyone who has an authorization URL may use it, as at AWS. The callback needs the cookie. */
export function browserRoutes(state: EmulatorState, travel: Travel): Router {
  const router = Router()

  const leg =
    (operation: Leg, answer: (request: Request) => BrowserAnswer | Promise<BrowserAnswer>) =>
    async (request: Request, response: Response, next: NextFunction) => {
      // Express runs GET handlers for HEAD, and a link preview must not consume a user's authorization.
      if (request.method !== 'GET') return next()
      response.set('x-amzn-requestid', randomUUID())
      const { outcome, dropReply } = await travel(operation, () => answer(request))
      if (dropReply) response.destroy()
      else send(request, response, outcome, state)
    }

  router.get(
    '/identities/oauth2/authorize',
    leg('authorize', ({ query }) => authorize(query, state)),
  )
  router.get(
    '/identities/oauth2/callback/:callbackId',
    leg('callback', ({ params, query, headers }) =>
      callback({ callbackId: String(params.callbackId), query, cookieHeader: headers.cookie }, state),
    ),
  )
  return router
}

function send(request: Request, response: Response, outcome: Outcome, { assumptions }: EmulatorState) {
  // A Referer could tell the vendor or the application the other's URL, which may contain secrets.
  response.set({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
  if ('redirectTo' in outcome) {
    if (outcome.setCookie !== undefined) response.set('set-cookie', outcome.setCookie)
    response.status(302).location(outcome.redirectTo)
    // As the live service. Express would add a charset.
    response.setHeader('content-type', 'application/json')
    response.end('{}')
  } else if (assumptions.browserErrors === 'page' && request.accepts(['json', 'html']) === 'html') {
    response.status(outcome.status).type('html').send(errorPage(outcome).toString())
  } else {
    response.status(outcome.status).json({ message: outcome.message })
  }
}
