import type { RequestHandler } from 'express'
import { ApiError } from './api-error.ts'

/** Another site can post a form without a preflight, but not JSON. */
export const requireJson: RequestHandler = (request, _response, next) =>
  next(request.is('application/json') ? undefined : new ApiError('unsupported_media_type'))
