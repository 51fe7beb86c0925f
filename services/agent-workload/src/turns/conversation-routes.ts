import { ConversationId, conversationPath, ROUTES, TurnId, turnEventsPath } from '@agent-identity/contracts'
import { ApiError, type Audit, methodNotAllowed, requestIdOf } from '@agent-identity/service-runtime'
import type { CurrentUserSession } from '@agent-identity/user-session'
import { type Request, type RequestHandler, Router } from 'express'
import { z } from 'zod'
import type { SameBrowser } from '../people/require-same-browser.ts'
import type { ConversationsOfUser } from './conversations-of-user.ts'
import type { Turns } from './turns.ts'

interface Dependencies {
  turns: Pick<Turns, 'list'>
  conversations: Pick<ConversationsOfUser, 'summaries' | 'eraseAtRest'>
  requireUser: RequestHandler
  requireSameOrigin: RequestHandler
  limitReads: RequestHandler
  limitErasing: RequestHandler
  sameBrowser: SameBrowser
  userSessionOf(request: Request): CurrentUserSession
  audit: Audit
}

const ConversationRequest = z.object({ conversationId: ConversationId, before: TurnId.optional() })

/** Another user's conversation is answered like an unknown one. */
export function conversationRoutes(dependencies: Dependencies): Router {
  const { turns, conversations, requireUser, requireSameOrigin, limitReads, userSessionOf, audit } = dependencies
  const router = Router()

  router.get(ROUTES.conversations, requireUser, limitReads, async (request, response) => {
    const listed = await conversations.summaries(userSessionOf(request).userRef)
    response.json({
      conversations: listed.map(({ askedAt, ...one }) => ({
        ...one,
        ...(askedAt !== undefined && { askedAt: new Date(askedAt).toISOString() }),
      })),
    })
  })

  router.get(ROUTES.conversation, requireUser, limitReads, async (request, response) => {
    const asked = ConversationRequest.safeParse({ ...request.params, before: request.query.before })
    if (!asked.success) throw new ApiError('not_found')
    const { conversationId, before } = asked.data
    const page = await turns.list(conversationId, userSessionOf(request).userRef, before)
    if (!page) throw new ApiError('not_found')
    response.json({
      conversationId,
      turns: page.turns.map(({ turnId, turn }) => ({
        turnId,
        message: turn.message,
        status: turn.status,
        eventsUrl: turnEventsPath(turnId),
      })),
      ...(page.before === undefined ? {} : { earlierUrl: conversationPath(conversationId, page.before) }),
    })
  })

  router.delete(
    ROUTES.conversation,
    requireSameOrigin,
    requireUser,
    dependencies.sameBrowser('erasure_refused'),
    dependencies.limitErasing,
    async (request, response) => {
      const id = ConversationId.safeParse(request.params.conversationId)
      const { userRef: user, ref } = userSessionOf(request)
      const outcome = id.success ? await conversations.eraseAtRest(id.data, user) : 'not-found'
      if (outcome === 'not-found') throw new ApiError('not_found')
      if (outcome === 'busy') throw new ApiError('turn_in_progress')
      audit({ event: 'conversation_erased', requestId: requestIdOf(request), user, userSession: ref })
      response.status(204).end()
    },
  )

  router.all(ROUTES.conversations, methodNotAllowed('GET'))
  router.all(ROUTES.conversation, methodNotAllowed('GET', 'DELETE'))
  return router
}
