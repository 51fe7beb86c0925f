import { ConfirmationId, ROUTES, turnIdOf } from '@agent-identity/contracts'
import { ApiError, type Audit, methodNotAllowed, requestIdOf, requireJson } from '@agent-identity/service-runtime'
import type { CurrentUserSession } from '@agent-identity/user-session'
import express, { type Request, type RequestHandler, Router } from 'express'
import { z } from 'zod'
import type { Turns } from '../turns/turns.ts'
import type { Confirmations } from './confirmations.ts'
import { auditedConfirmation, hasEnded } from './settle-confirmation.ts'

interface Dependencies {
  confirmations: Pick<Confirmations, 'read' | 'end'>
  turns: Pick<Turns, 'read'>
  settle(id: ConfirmationId): Promise<unknown>
  requireUser: RequestHandler
  requireSameOrigin: RequestHandler
  limit: RequestHandler
  userSessionOf(request: Request): CurrentUserSession
  audit: Audit
}

const Answer = z.strictObject({ answer: z.enum(['confirmed', 'declined']) })

/** The user's answer: from our own page, in the user session that asked, once. */
export function confirmationRoutes(dependencies: Dependencies): Router {
  const { confirmations, turns, settle, requireUser, requireSameOrigin, limit, userSessionOf, audit } = dependencies
  const router = Router()

  /** Refuses an unknown confirmation, another user's and another user session's alike. */
  async function own(request: Request) {
    const id = ConfirmationId.safeParse(request.params.confirmationId).data
    const turn = id && (await turns.read(turnIdOf(id)))
    const userSession = userSessionOf(request)
    if (turn?.owner !== userSession.userRef || turn.userSession !== userSession.ref) throw new ApiError('not_found')
    if (!id || !(await confirmations.read(id))) throw new ApiError('not_found')
    return { id, turn }
  }

  router.post(
    ROUTES.confirmation,
    requireSameOrigin,
    requireUser,
    limit,
    requireJson,
    express.json({ limit: 1_024, strict: true }),
    async (request, response) => {
      const { id, turn } = await own(request)
      const body = Answer.safeParse(request.body)
      if (!body.success)
        throw new ApiError('invalid_request', 'Send {"answer": "confirmed"} or {"answer": "declined"}.')
      const { answer } = body.data
      const ended = hasEnded(turn) ? undefined : await confirmations.end(id, answer)
      if (!ended) throw new ApiError('confirmation_settled')
      const event = answer === 'confirmed' ? 'confirmation_given' : 'confirmation_declined'
      audit({ ...auditedConfirmation(event, ended, turn), requestId: requestIdOf(request) })
      await settle(id)
      response.status(204).end()
    },
  )

  router.all(ROUTES.confirmation, methodNotAllowed('POST'))
  return router
}
