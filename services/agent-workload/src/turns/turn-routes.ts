import {
  ConversationId,
  MESSAGE_MAX_BYTES,
  ROUTES,
  TurnId,
  turnEventsPath,
  type UserRef,
} from '@agent-identity/contracts'
import { ApiError, methodNotAllowed, requestIdOf, requireJson } from '@agent-identity/service-runtime'
import type { CurrentUserSession } from '@agent-identity/user-session'
import express, { type Request, type RequestHandler, Router } from 'express'
import { z } from 'zod'
import type { EventStreams } from '../event-streams/event-streams.ts'
import { serveEvents } from '../event-streams/serve-events.ts'
import { eventsOfTurn } from './events-of-turn.ts'
import type { Turns } from './turns.ts'
import type { WorkQueue } from './work-queue.ts'

interface Dependencies {
  turns: Turns
  work: WorkQueue
  eventStreams: EventStreams
  requireUser: RequestHandler
  requireSameOrigin: RequestHandler
  limitTurns: RequestHandler
  limitStreams: RequestHandler
  /** Whether the user has been erased since this sign-in, or is being erased now. */
  isErased(userSession: CurrentUserSession): Promise<boolean>
  eraseConversation(id: ConversationId, owner: UserRef): Promise<unknown>
  userSessionOf(request: Request): CurrentUserSession
}

const TurnRequest = z.strictObject({
  message: z.string().refine((text) => text.trim() !== '', 'must not be empty'),
  conversationId: z.string().optional(),
})

const IDEMPOTENCY_KEY = /^[\w-]{16,64}$/

const CURSOR = /^\d{1,16}-\d{1,16}$/

export function turnRoutes(dependencies: Dependencies): Router {
  const { turns, work, eventStreams, requireUser, requireSameOrigin, userSessionOf } = dependencies
  const { limitTurns, limitStreams } = dependencies
  const router = Router()

  async function ownTurn(turnId: unknown, owner: UserRef) {
    const id = TurnId.safeParse(turnId)
    const turn = id.success ? await turns.read(id.data) : undefined
    // The same answer for a missing turn and for another user's.
    if (!id.success || turn?.owner !== owner) throw new ApiError('not_found')
    return { turnId: id.data, turn }
  }

  // JSON may use six bytes for one byte of UTF-8.
  const jsonBody = express.json({ limit: 6 * MESSAGE_MAX_BYTES + 1_024, strict: true })

  router.post(
    ROUTES.turns,
    requireSameOrigin,
    requireUser,
    limitTurns,
    requireJson,
    jsonBody,
    async (request, response) => {
      const body = TurnRequest.safeParse(request.body)
      if (!body.success)
        throw new ApiError('invalid_request', 'Send {"message": "…"}, and a conversationId to go on with.')
      if (Buffer.byteLength(body.data.message) > MESSAGE_MAX_BYTES)
        throw new ApiError('payload_too_large', `A message has at most ${MESSAGE_MAX_BYTES} bytes.`)
      const conversation = ConversationId.optional().safeParse(body.data.conversationId)
      if (!conversation.success) throw new ApiError('not_found')

      const idempotencyKey = request.get('Idempotency-Key')
      if (idempotencyKey !== undefined && !IDEMPOTENCY_KEY.test(idempotencyKey))
        throw new ApiError('invalid_request', 'An Idempotency-Key has 16 to 64 letters, digits, - and _.')

      const userSession = userSessionOf(request)
      const created = await turns.create({
        owner: userSession.userRef,
        userSession: userSession.ref,
        message: body.data.message,
        requestId: requestIdOf(request),
        conversationId: conversation.data,
        idempotencyKey,
      })
      if (created === 'not-found') throw new ApiError('not_found')
      if (created === 'full') throw new ApiError('conversation_full')
      if (created === 'storage-full') throw new ApiError('storage_full')
      if (created === 'busy') {
        // A process may have died before it queued or resumed the open turn.
        const overdue = conversation.data && (await turns.overdueWork(conversation.data))
        if (overdue) await work.enqueue(overdue)
        throw new ApiError('turn_in_progress')
      }
      // After `create`: an erasure that has not seen this conversation has left its mark before.
      if (await dependencies.isErased(userSession)) {
        await dependencies.eraseConversation(created.conversationId, userSession.userRef)
        throw new ApiError('not_signed_in')
      }
      // Also for a repeated request: the first one may not have come this far.
      await work.enqueue({ turnId: created.turnId, kind: 'start' })
      response.status(202).json({ ...created, eventsUrl: turnEventsPath(created.turnId) })
    },
  )

  // Express would run the GET handler for HEAD: the answer would stay open like a stream.
  router.head(ROUTES.turnEvents, methodNotAllowed('GET'))
  router.get(ROUTES.turnEvents, requireUser, limitStreams, async (request, response) => {
    const userSession = userSessionOf(request)
    const { turnId, turn } = await ownTurn(request.params.turnId, userSession.userRef)
    const lastEventId = request.get('Last-Event-ID') ?? '0-0'
    if (!CURSOR.test(lastEventId)) throw new ApiError('invalid_request', 'Last-Event-ID is not one of this stream.')
    const ended = turn.status === 'done' || turn.status === 'failed'
    // 204 tells an EventSource that reconnects to stop (HTML standard, "Server-sent events").
    if (ended && (await turns.eventsAfter(turnId, lastEventId)).length === 0) {
      response.status(204).end()
      return
    }
    serveEvents(eventStreams, { source: eventsOfTurn(turns, turnId), cursor: lastEventId }, userSession, response)
  })

  router.all(ROUTES.turns, methodNotAllowed('POST'))
  router.all(ROUTES.turnEvents, methodNotAllowed('GET'))
  return router
}
