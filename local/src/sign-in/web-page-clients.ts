import type { RequestHandler } from 'express'
import type { Configuration } from 'oidc-provider'

const REGISTRATION_PATH = '/reg'
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

/** For MCP clients that are web pages: they may use the token endpoint from the origin of one of their redirect URIs. */
export const isPageOfClient: NonNullable<Configuration['clientBasedCORS']> = (
  _context,
  origin,
  { redirectUris = [] },
) =>
  redirectUris.some((uri) => {
    const url = URL.parse(uri)
    // A URL with a scheme of a program’s own has the origin "null", and so has a sandboxed frame.
    return (url?.protocol === 'https:' || url?.protocol === 'http:') && url.origin === origin
  })

/** oidc-provider lets no page register a client. Pages of this machine may: MCP Inspector is one. */
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
