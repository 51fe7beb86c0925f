import { API_ERRORS } from '@agent-identity/contracts'
import type { ErrorRequestHandler, RequestHandler } from 'express'
import { ApiError, toProblem } from './api-error.ts'
import type { Logger } from './logger.ts'
import { requestIdOf } from './request-log.ts'

export const notFound: RequestHandler = (_request, _response, next) => next(new ApiError('not_found'))

export const methodNotAllowed =
  (...allowed: string[]): RequestHandler =>
  (_request, response, next) => {
    response.setHeader('Allow', allowed.join(', '))
    next(new ApiError('method_not_allowed'))
  }

/** No message of a fault, a library or AWS reaches the client. */
export function errorHandler(log: Logger): ErrorRequestHandler {
  return (error, request, response, next) => {
    const refusal = toApiError(error)
    if (API_ERRORS[refusal.code].status >= 500)
      log.error({ err: error, requestId: requestIdOf(request) }, 'request failed')
    if (response.headersSent) return next(error)
    const problem = toProblem(refusal, requestIdOf(request))
    response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem))
  }
}

/** body-parser and Express mark client errors with `type` or `status`. */
function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  if (!(error instanceof Error)) return new ApiError('internal_error')
  const { type, status } = error as { type?: string; status?: number }
  if (type === 'entity.too.large' || type === 'parameters.too.many') return new ApiError('payload_too_large')
  if (type === 'charset.unsupported' || type === 'encoding.unsupported') return new ApiError('unsupported_media_type')
  if (type?.startsWith('entity.') || status === 400 || error instanceof URIError) return new ApiError('invalid_request')
  if (isRedisAway(error)) return new ApiError('temporarily_unavailable')
  return new ApiError('internal_error')
}

/** Texts of the client library, then codes of Redis. */
const AWAY =
  /Connection is closed|aborted due to connection close|Stream isn't writeable|Command timed out|Socket timeout|Cluster isn't ready|Too many Cluster redirections|^(CLUSTERDOWN|LOADING|MASTERDOWN|OOM|READONLY|TRYAGAIN|UNBLOCKED)/

/** A socket's error code counts, whatever the socket was connected to. */
export function isRedisAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return (
    error.name === 'MaxRetriesPerRequestError' ||
    error.name === 'ClusterAllFailedError' ||
    AWAY.test(error.message) ||
    ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT'].includes((error as { code?: string }).code ?? '') ||
    (error.cause !== undefined && isRedisAway(error.cause))
  )
}
