import type { Request } from 'express'

/** Only the query: a request line may contain a whole URL with another host. */
export function queryOf(request: Pick<Request, 'originalUrl'>): URLSearchParams {
  const mark = request.originalUrl.indexOf('?')
  return new URLSearchParams(mark === -1 ? '' : request.originalUrl.slice(mark))
}
