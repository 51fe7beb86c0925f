import { type AuthorizationServer, createVendor, findMachine, type StandIn } from '@agent-identity/stand-in-kit'
import { Router } from 'express'

const endpoints = { token: '/token' }

/** Stands in for a company's authorization server and API. */
export const standIn: StandIn = {
  endpoints,
  create: (options) =>
    createVendor(options, {
      look: { colour: 'amber', name: 'Service Status', standsInFor: 'an API of your company' },
      scopes: { 'status:read': 'See the state of services' },
      client: { grant_types: ['client_credentials'], response_types: [], redirect_uris: [] },
      configuration: { routes: endpoints, features: { clientCredentials: { enabled: true } } },
      routes: (server) => [api(server)],
    }),
}

const api = (server: AuthorizationServer) =>
  Router().get('/v1/services', async (request, response) => {
    const machine = await findMachine(server, request.get('authorization') ?? '')
    if (!machine) return void response.status(401).json({ error: 'invalid_token' })
    if (!machine.scopes.has('status:read'))
      return void response.status(403).set('WWW-Authenticate', 'Bearer error="insufficient_scope"').json({})
    response.json({
      services: [
        { name: 'Mail', state: 'up' },
        { name: 'Payroll', state: 'disturbed' },
      ],
    })
  })
