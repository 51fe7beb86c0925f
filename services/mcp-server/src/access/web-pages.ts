import cors from 'cors'
import type { RequestHandler } from 'express'

const READABLE_HEADERS = ['WWW-Authenticate', 'Mcp-Session-Id', 'Retry-After']

/**
 * Against DNS rebinding: a page of another site whose host name was made to point here. Any port is accepted. The SDK's own check takes the host
 * name out of a URL: `evil@localhost` passes it, and then the SDK's transport fails.
 */
export function requestsToHost(hostname: string): RequestHandler {
  return (request, response, next) => {
    const host = request.get('Host') ?? ''
    const isOurs = host.toLowerCase().replace(/:\d*$/, '') === hostname
    // A port above 65535 is no URL, either.
    if (isOurs && URL.canParse(`http://${host}`)) return next()
    const error = { code: -32_000, message: 'This host is not known here' }
    response.status(403).json({ jsonrpc: '2.0', id: null, error })
  }
}

/** Pages of any site may read what is public. */
export const pagesOfAnySite: RequestHandler = cors({ methods: ['GET'] })

/**
 * MCP, "Security warning" of Streamable HTTP: requests with an `Origin` that is not ours and not listed are refused. The SDK's own check
 * compares the host name only, but a page on another port or scheme can be someone else's.
 */
export function pagesOfOrigins(own: string, listed: readonly string[]): RequestHandler[] {
  const known = new Set([own, ...listed])
  return [
    (request, response, next) => {
      const origin = request.get('Origin')
      if (origin === undefined || known.has(origin)) return next()
      const error = { code: -32_000, message: 'Pages of other origins cannot call this' }
      response.status(403).json({ jsonrpc: '2.0', id: null, error })
    },
    cors({ origin: [...listed], methods: ['POST'], exposedHeaders: READABLE_HEADERS }),
  ]
}
