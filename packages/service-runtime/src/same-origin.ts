import type { RequestHandler } from 'express'
import { ApiError } from './api-error.ts'

/**
 * Lets a state-changing request in only when the browser says that our own page sent it: Fetch Metadata where there is
 * any, else `Origin`. A request with neither is refused: every browser that can hold our cookie sends one of them.
 */
export function requireSameOrigin(publicUrl: string): RequestHandler {
  return (request, _response, next) => {
    const site = request.get('Sec-Fetch-Site')
    const origin = request.get('Origin')
    const sameOrigin =
      site === undefined ? origin === publicUrl : site === 'same-origin' && (origin ?? publicUrl) === publicUrl
    next(sameOrigin ? undefined : new ApiError('cross_site_request'))
  }
}
