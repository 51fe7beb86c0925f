import { ApiError } from '@agent-identity/service-runtime'
import type { CurrentUserSession } from '@agent-identity/user-session'
import type { Response } from 'express'
import type { EventStreams, StreamSource } from './event-streams.ts'

/** @throws ApiError when the user session has reached its limit of streams */
export function serveEvents(
  eventStreams: EventStreams,
  { source, cursor }: { source: StreamSource; cursor: string },
  { ref: userSession, endsAt }: Pick<CurrentUserSession, 'ref' | 'endsAt'>,
  response: Response,
): void {
  if (eventStreams.open({ source, cursor, userSession, endsAt, response })) return
  response.setHeader('Retry-After', '5')
  throw new ApiError('too_many_requests')
}
