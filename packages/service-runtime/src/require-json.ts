import type { RequestHandler } from 'express'
import { ApiError } from './api-error.ts'

/** A form can be posted from anywhere without a preflight; JSON cannot. */
export const requireJson: RequestHandler = (request, _response, next) =>
  next(request.is('application/json') ? undefined : new ApiError('unsupported_media_type'))
