import { requireBearerAuth } from '@modelcontextprotocol/express'
import { getOAuthProtectedResourceMetadataUrl, type OAuthTokenVerifier } from '@modelcontextprotocol/server'
import type { RequestHandler } from 'express'

/**
 * The SDK's check of the access token. A request without one gets the same challenge without an error code (RFC 6750 §3.1): the client
 * has not failed, it learns where to get a token and for which scope.
 */
export function requireAccessToken(options: {
  verifier: OAuthTokenVerifier
  resource: string
  scope: string
}): RequestHandler {
  const { verifier, resource, scope } = options
  const resourceMetadataUrl = getOAuthProtectedResourceMetadataUrl(new URL(resource))
  const check = requireBearerAuth({ verifier, requiredScopes: [scope], resourceMetadataUrl })
  const challenge = `Bearer scope="${scope}", resource_metadata="${resourceMetadataUrl}"`
  return (request, response, next) => {
    const hasToken = /^bearer\b/i.test(request.get('Authorization') ?? '')
    if (hasToken) return check(request, response, next)
    const error = { code: -32_000, message: 'An access token is required' }
    return response.status(401).set('WWW-Authenticate', challenge).json({ jsonrpc: '2.0', id: null, error })
  }
}
