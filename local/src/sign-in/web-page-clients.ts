import type { RequestHandler } from 'express'
import type { Configuration } from 'oidc-provider'

const REGISTRATION_PATH = '/reg'
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

/** A page may use a client if the page's origin is that of one of the client's redirect URIs. */
export const isPageOfClient: NonNullable<Configuration['clientBasedCORS']> = (
  _context,
  origin,
  { redirectUris = [] },
) =>
  redirectUris.some((uri) => {
    const url = URL.parse(uri)
    // A URI with another scheme has the origin "null", as a sandboxed frame has.
    return (url?.protocol === 'https:' || url?.protocol === 'http:') && url.origin === origin
  })

/** oidc-provider lets no page register a client. Pages of this machine may. */
export const registrationFromPages: RequestHandler = (request, response, next) => {
  const origin = request.get('Origin')
  if (request.path !== REGISTRATION_PATH || origin === undefined) return next()
  response.vary('Origin')
  if (!LOOPBACK.includes(URL.parse(origin)?.hostname ?? '')) return next()
  response.set('Access-Control-Allow-Origin', origin)
  if (request.method !== 'OPTIONS') return next()
  response.set({
    'Access-Control-Allow-Methods': 'POST',
    'Access-Control-Allow-Headers': 'Content-Type, MCP-Protocol-Version',
  })
  response.sendStatus(204)
}
