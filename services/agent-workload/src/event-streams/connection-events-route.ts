import { CONNECTION_CHANGED_CHANNEL, CONNECTIONS_CHANGED, ROUTES, type UserRef } from '@agent-identity/contracts'
import { methodNotAllowed } from '@agent-identity/service-runtime'
import type { CurrentUserSession } from '@agent-identity/user-session'
import { type Request, type RequestHandler, Router } from 'express'
import type { EventStreams, StreamSource } from './event-streams.ts'
import { serveEvents } from './serve-events.ts'

/** Each stream begins with an event: the list may have changed before the stream was open. */
export function connectionEventsRoute(dependencies: {
  eventStreams: EventStreams
  requireUser: RequestHandler
  limitReads: RequestHandler
  userSessionOf(request: Request): CurrentUserSession
}): Router {
  const { eventStreams, requireUser, limitReads, userSessionOf } = dependencies
  const router = Router()
  // Express would run the GET handler for HEAD: the answer would stay open like a stream.
  router.head(ROUTES.connectionEvents, methodNotAllowed('GET'))
  router.get(ROUTES.connectionEvents, requireUser, limitReads, (request, response) => {
    const userSession = userSessionOf(request)
    serveEvents(eventStreams, { source: changesFor(userSession.userRef), cursor: '' }, userSession, response)
  })
  router.all(ROUTES.connectionEvents, methodNotAllowed('GET'))
  return router
}

/** Changes that arrive while an event is being sent lead to one more event. */
export const changesFor = (user: UserRef): StreamSource => ({
  channel: CONNECTION_CHANGED_CHANNEL,
  topic: user,
  read: async () => ({ events: [{ event: CONNECTIONS_CHANGED, data: '{}' }], isMore: false }),
})
