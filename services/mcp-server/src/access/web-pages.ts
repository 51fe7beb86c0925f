import cors from 'cors'
import type { RequestHandler } from 'express'

/** Headers that a script of another origin may read only when they are listed: where to get a token, the session of 2025-11-25, when to come back. */
const READABLE_HEADERS = ['WWW-Authenticate', 'Mcp-Session-Id', 'Retry-After']

/** For what is public: a page of any site may read it. */
export const pagesOfAnySite: RequestHandler = cors({ methods: ['GET'] })

/**
 * MCP, "Security warning" of Streamable HTTP: requests with an `Origin` that is not ours and not listed are refused. Scheme, name and
 * port are compared. The SDK's own check compares the name only, but a page on another port or scheme can be another site's. Programs
 * send no `Origin`. A listed page can read the answers. No cookie counts here: its script needs an access token of its own.
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
