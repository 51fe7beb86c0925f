import type { Request, RequestHandler } from 'express'
import { ApiError } from './api-error.ts'

/** Checks Fetch Metadata and `Origin`, whichever are present. A request with neither is refused. */
export function requireSameOrigin(publicUrl: string): RequestHandler {
  return (request, _response, next) => {
    const site = request.get('Sec-Fetch-Site')
    const origin = request.get('Origin')
    next(isSameOrigin(publicUrl, site, origin) ? undefined : new ApiError('cross_site_request'))
  }
}

/**
 * Also for reads: a page on another host of the same site can send requests with the user's cookie, which count toward that user's
 * limits. A typed address passes, and a client without Fetch Metadata.
 */
export const notFromAnotherSite: RequestHandler = (request, _response, next) => {
  const site = request.get('Sec-Fetch-Site')
  const isOwn = site === undefined || site === 'same-origin' || site === 'none'
  next(isOwn ? undefined : new ApiError('cross_site_request'))
}

/** For pages: a link on another site may lead to them, but that site cannot load them without showing them, as with `fetch`. */
export const notLoadedByAnotherSite: RequestHandler = (request, response, next) => {
  const isShown = request.get('Sec-Fetch-Dest') === 'document' && request.get('Sec-Purpose') === undefined
  return isShown ? next() : notFromAnotherSite(request, response, next)
}

function isSameOrigin(publicUrl: string, site: string | undefined, origin: string | undefined): boolean {
  if (site === undefined) return origin === publicUrl
  // With `Referrer-Policy: no-referrer` a form of our own page is posted with `Origin: null` (Fetch, "`Origin` header").
  return site === 'same-origin' && (origin === undefined || origin === 'null' || origin === publicUrl)
}

/** The standard header, and the older ones of Chromium, Safari and Firefox. */
const FETCHED_AHEAD = ['Sec-Purpose', 'Purpose', 'X-Purpose', 'X-Moz']

/** A browser fetches a link ahead of its user. */
export const isFetchedAhead = (request: Request): boolean =>
  FETCHED_AHEAD.some((header) => request.get(header) !== undefined)

/** A page that a user opens, wherever its link was. */
export const isOpenedPage = (request: Request): boolean =>
  request.method === 'GET' &&
  request.accepts(['json', 'html']) === 'html' &&
  ['document', undefined].includes(request.get('Sec-Fetch-Dest')) &&
  !isFetchedAhead(request)
