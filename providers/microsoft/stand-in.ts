import {
  type AuthorizationServer,
  type Caller,
  createVendor,
  findCaller,
  type StandIn,
} from '@agent-identity/stand-in-kit'
import { type RequestHandler, type Response, Router } from 'express'

const endpoints = { authorization: '/organizations/oauth2/v2.0/authorize', token: '/organizations/oauth2/v2.0/token' }

/** Stands in for login.microsoftonline.com and graph.microsoft.com. */
export const standIn: StandIn = {
  endpoints,
  create: (options) =>
    createVendor(options, {
      look: { colour: 'slate', name: 'Microsoft 365', standsInFor: 'Microsoft' },
      accountHint: 'login_hint',
      scopes: {
        'User.Read': 'Sign you in and read your profile',
        'Calendars.ReadBasic': 'Read your calendars',
        offline_access: 'Maintain access to data you have given it access to',
      },
      configuration: { routes: endpoints, rotateRefreshToken: true },
      routes: (server) => [api(server)],
    }),
}

function api(server: AuthorizationServer): Router {
  const router = Router()
  const needs =
    (scope: string): RequestHandler =>
    async (request, response, next) => {
      const caller = await findCaller(server, request.get('authorization') ?? '')
      if (!caller) return refuse(response, 401, 'InvalidAuthenticationToken', 'Access token is empty or invalid.')
      if (!caller.scopes.has(scope)) return refuse(response, 403, 'ErrorAccessDenied', 'Access is denied.')
      response.locals.caller = caller
      next()
    }

  router.get('/v1.0/me', needs('User.Read'), (_request, response) => {
    const { person } = response.locals.caller as Caller
    const { name, email } = person
    response.json({ displayName: name, mail: null, userPrincipalName: email })
  })

  router.get('/v1.0/me/calendarView', needs('Calendars.ReadBasic'), (request, response) => {
    const { person } = response.locals.caller as Caller
    const { startDateTime, endDateTime } = request.query
    const [from, to] = [Date.parse(String(startDateTime)), Date.parse(String(endDateTime))]
    if (!(from < to)) return refuse(response, 400, 'ErrorInvalidParameter', 'The dates are not valid.')
    const at = (hours: number) => ({ dateTime: graphTime(from + hours * 3_600_000), timeZone: 'UTC' })
    response.json({ value: [{ subject: `Review with ${person.username}`, start: at(1), end: at(2) }] })
  })
  return router
}

/** `2026-11-24T10:00:00.0000000` */
const graphTime = (unixMs: number) => `${new Date(unixMs).toISOString().slice(0, 19)}.0000000`

const refuse = (response: Response, status: number, code: string, message: string) =>
  void response.status(status).json({ error: { code, message } })
