import { type AuthorizationServer, type Caller, findCaller } from '@agent-identity/stand-in-kit'
import express, { type ErrorRequestHandler, type RequestHandler, type Response, Router } from 'express'
import { refuse, refuseCredentials, refuseScope } from './api-error.ts'
import { createCalendars, newEventId, timeOf } from './calendars.ts'
import { calendarOf, eventListOf, eventOf } from './representations.ts'
import { ListQuery, NewEvent } from './requests.ts'

const SCOPE = 'https://www.googleapis.com/auth/calendar'
const READS_CALENDARS = [SCOPE, `${SCOPE}.readonly`]
const READS_EVENTS = [...READS_CALENDARS, `${SCOPE}.events`, `${SCOPE}.events.readonly`]
const WRITES_EVENTS = [SCOPE, `${SCOPE}.events`]

export function calendarApi(server: AuthorizationServer): Router {
  const calendars = createCalendars()
  const origin = server.provider.issuer

  const router = Router()
  router.use('/calendar/v3', requireCaller(server))

  router.get(
    '/calendar/v3/calendars/:id',
    needs('Calendars.Get', READS_CALENDARS),
    ownCalendar,
    (_request, response) => {
      response.json(calendarOf(callerOf(response).person))
    },
  )

  router.get(
    '/calendar/v3/calendars/:id/events',
    needs('Events.List', READS_EVENTS),
    ownCalendar,
    (request, response) => {
      const { person } = callerOf(response)
      const query = ListQuery.safeParse(request.query)
      if (!query.success) return refuse(response, 400, 'Bad Request', { reason: 'badRequest' })
      const { timeMin, timeMax, orderBy, singleEvents, maxResults, q = '' } = query.data
      const [from, to] = [Date.parse(timeMin ?? ''), Date.parse(timeMax ?? '')]
      if (from >= to)
        return refuse(response, 400, 'The specified time range is empty.', {
          domain: 'calendar',
          reason: 'timeRangeEmpty',
          locationType: 'parameter',
          location: 'timeMax',
        })
      if (orderBy === 'startTime' && singleEvents === 'false')
        return refuse(response, 400, 'The requested ordering is not available for the particular query.', {
          reason: 'badRequest',
        })

      // Each bound is exclusive. A missing one is NaN, and each comparison with it is false.
      const events = calendars
        .eventsOf(person)
        .filter(({ start, end }) => !(timeOf(end) <= from) && !(timeOf(start) >= to))
        .filter(({ summary }) => summary.toLowerCase().includes(q.toLowerCase()))
      if (orderBy === 'startTime') events.sort((one, other) => timeOf(one.start) - timeOf(other.start))
      const items = events.slice(0, maxResults).map((event) => eventOf(person, event, origin))
      response.json(eventListOf(person, items))
    },
  )

  router.get(
    '/calendar/v3/calendars/:id/events/:eventId',
    needs('Events.Get', READS_EVENTS),
    ownCalendar,
    (request, response) => {
      const { person } = callerOf(response)
      const found = calendars.eventsOf(person).find(({ id }) => id === request.params.eventId)
      if (!found) return refuse(response, 404, 'Not Found', { reason: 'notFound' })
      response.json(eventOf(person, found, origin))
    },
  )

  router.post(
    '/calendar/v3/calendars/:id/events',
    needs('Events.Insert', WRITES_EVENTS),
    ownCalendar,
    express.json({ limit: '256kb' }),
    (request, response) => {
      const { person } = callerOf(response)
      const parsed = NewEvent.safeParse(request.body)
      if (!parsed.success) {
        const field = String(parsed.error.issues[0]?.path[0] ?? 'body')
        return refuse(response, 400, field === 'id' ? 'Invalid resource id value.' : `Invalid value for: ${field}`, {
          reason: 'invalid',
        })
      }
      const { id = newEventId(), summary, description, location, start, end } = parsed.data
      if (!start || Number.isNaN(timeOf(start)))
        return refuse(response, 400, 'Missing start time.', { reason: 'required' })
      if (!end || Number.isNaN(timeOf(end))) return refuse(response, 400, 'Missing end time.', { reason: 'required' })
      if (timeOf(end) < timeOf(start))
        return refuse(response, 400, 'The specified time range is empty.', {
          domain: 'calendar',
          reason: 'timeRangeEmpty',
        })

      const event = { id, summary, description, location, start, end, created: new Date() }
      if (!calendars.add(person, event))
        return refuse(response, 409, 'The requested identifier already exists.', { reason: 'duplicate' })
      response.json(eventOf(person, event, origin))
    },
  )
  router.use('/calendar/v3', notFound, malformedJson)
  return router
}

const callerOf = (response: Response): Caller => response.locals.caller

interface OfCalendar {
  id: string
  eventId?: string
}

function requireCaller(server: AuthorizationServer): RequestHandler {
  return async (request, response, next) => {
    const caller = await findCaller(server, request.headers.authorization ?? '')
    if (!caller) return refuseCredentials(response)
    response.locals.caller = caller
    next()
  }
}

function needs(method: string, accepted: readonly string[]): RequestHandler<OfCalendar> {
  return (_request, response, next) => {
    if (accepted.some((scope) => callerOf(response).scopes.has(scope))) next()
    else refuseScope(response, `calendar.v3.${method}`, accepted)
  }
}

/** Each account has one calendar. */
const ownCalendar: RequestHandler<OfCalendar> = (request, response, next) => {
  if (['primary', callerOf(response).person.email].includes(request.params.id)) next()
  else refuse(response, 404, 'Not Found', { reason: 'notFound' })
}

const notFound: RequestHandler = (_request, response) => refuse(response, 404, 'Not Found', { reason: 'notFound' })

const malformedJson: ErrorRequestHandler = (error, _request, response, next) => {
  if (error?.type === 'entity.parse.failed') refuse(response, 400, 'Parse Error', { reason: 'parseError' })
  else next(error)
}
