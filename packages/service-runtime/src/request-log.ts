import { randomUUID } from 'node:crypto'
import { ROUTES } from '@agent-identity/contracts'
import type { RequestHandler } from 'express'
import type { Logger } from './logger.ts'

declare module 'http' {
  interface IncomingMessage {
    id: string
  }
}

const OF_HEALTH: readonly string[] = [ROUTES.health, ROUTES.readiness]

/** The query is left out: it may contain `state`, `session_id` and `code`. With an incoming request id, a client could forge the audit trail. */
export function requestLog(log: Logger): RequestHandler {
  return (request, response, next) => {
    const requestId = randomUUID()
    request.id = requestId
    response.setHeader('X-Request-Id', requestId)
    // Without a listener, a write after the end would end the process.
    response.on('error', (err) => log.error({ err, requestId }, 'an answer broke off'))
    if (OF_HEALTH.includes(request.url)) return next()

    const startedAt = Date.now()
    const req = { method: request.method, path: request.url.split('?', 1)[0] }
    // Also when the client has disconnected before the answer.
    response.once('close', () => {
      const { statusCode, writableFinished } = response
      const line = { requestId, req, res: { status: statusCode }, responseTime: Date.now() - startedAt }
      if (statusCode >= 500) log.error(line, 'request errored')
      else log.info(line, writableFinished ? 'request completed' : 'request aborted')
    })
    next()
  }
}

export const requestIdOf = (request: { id: unknown }): string => String(request.id)
