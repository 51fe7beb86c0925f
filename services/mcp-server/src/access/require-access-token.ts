import type { UserRef } from '@agent-identity/contracts'
import type { Logger } from '@agent-identity/service-runtime'
import { requireBearerAuth } from '@modelcontextprotocol/express'
import {
  getOAuthProtectedResourceMetadataUrl,
  OAuthError,
  OAuthErrorCode,
  type OAuthTokenVerifier,
} from '@modelcontextprotocol/server'
import type { RequestHandler } from 'express'
import { callerOf } from './caller.ts'

/**
 * The SDK's check of the access token, with two additions. A request without a token gets a challenge without an error code (RFC 6750
 * §3.1). A token that was issued to a user before they were erased is invalid.
 */
export function requireAccessToken(options: {
  verifier: OAuthTokenVerifier
  /** Whether the user was erased then or later, or is being erased now. `since`: Unix time in milliseconds. */
  isErased(user: UserRef, since: number): Promise<boolean>
  resource: string
  scope: string
  log: Pick<Logger, 'info'>
}): RequestHandler {
  const { verifier, isErased, resource, scope, log } = options
  const resourceMetadataUrl = getOAuthProtectedResourceMetadataUrl(new URL(resource))
  const common = { requiredScopes: [scope], resourceMetadataUrl }
  const check = requireBearerAuth({ verifier, ...common })
  const refuse = requireBearerAuth({ verifier: { verifyAccessToken: () => Promise.reject(notValid()) }, ...common })
  const challenge = `Bearer scope="${scope}", resource_metadata="${resourceMetadataUrl}"`
  return async (request, response, next) => {
    if (!/^bearer\b/i.test(request.get('Authorization') ?? '')) {
      const error = { code: -32_000, message: 'An access token is required' }
      return response.status(401).set('WWW-Authenticate', challenge).json({ jsonrpc: '2.0', id: null, error })
    }
    await check(request, response, () => undefined)
    if (response.headersSent) return
    const { issuedAt } = request.auth?.extra ?? {}
    const since = typeof issuedAt === 'number' ? issuedAt : 0
    // Throws while Redis is away: the token is neither accepted nor called invalid.
    if (!(await isErased(callerOf(request.auth).user, since))) return next()
    log.info({ refusal: 'erased-user' }, 'an access token was not taken')
    return refuse(request, response, next)
  }
}

const notValid = () => new OAuthError(OAuthErrorCode.InvalidToken, 'The access token is not valid here')
