import {
  type AuthorizationServer,
  type Caller,
  createVendor,
  findCaller,
  type StandIn,
  TOKEN_EXCHANGE,
  tokenExchange,
} from '@agent-identity/stand-in-kit'
import express, { type RequestHandler, Router } from 'express'

const endpoints = { token: '/token' }
const SCOPES = { 'time-off:read': 'See days off', 'time-off:request': 'Ask for days off' }
const DAYS_A_YEAR = 30

/** Stands in for a company's authorization server and API. */
export const standIn: StandIn = {
  endpoints,
  create: (options) =>
    createVendor(options, {
      look: { colour: 'amber', name: 'Time Off', standsInFor: 'an API of your company' },
      scopes: SCOPES,
      client: { grant_types: [TOKEN_EXCHANGE], response_types: [], redirect_uris: [] },
      configuration: { routes: endpoints },
      extend: (server) => tokenExchange(server, options, Object.keys(SCOPES)),
      routes: (server) => [api(server)],
    }),
}

function api(server: AuthorizationServer): Router {
  const router = Router()
  /** Days by employee, then by request id. */
  const requests = new Map<string, Map<string, string>>()
  const ownOf = ({ person }: Caller) => {
    const own = requests.get(person.subject) ?? new Map<string, string>()
    requests.set(person.subject, own)
    return own
  }
  const needs =
    (scope: string): RequestHandler =>
    async (request, response, next) => {
      const caller = await findCaller(server, request.get('authorization') ?? '')
      if (!caller) return void response.status(401).json({ error: 'invalid_token' })
      if (!caller.scopes.has(scope))
        return void response.status(403).set('WWW-Authenticate', 'Bearer error="insufficient_scope"').json({})
      response.locals.caller = caller
      next()
    }

  router.get('/v1/balance', needs('time-off:read'), (_request, response) => {
    const caller = response.locals.caller as Caller
    response.json({ employee: caller.person.username, daysLeft: DAYS_A_YEAR - ownOf(caller).size })
  })

  router.post('/v1/requests', needs('time-off:request'), express.json({ limit: '8kb' }), (request, response) => {
    const { id, day } = (request.body ?? {}) as { id?: unknown; day?: unknown }
    if (typeof id !== 'string' || typeof day !== 'string') return void response.status(400).json({})
    const own = ownOf(response.locals.caller as Caller)
    if (own.size >= DAYS_A_YEAR && !own.has(id)) return void response.status(409).json({ error: 'no days left' })
    own.set(id, day)
    response.json({ day, daysLeft: DAYS_A_YEAR - own.size })
  })
  return router
}
