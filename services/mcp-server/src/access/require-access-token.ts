import type { UserRef } from '@agent-identity/contracts'
import type { Logger } from '@agent-identity/service-runtime'
import {
  type AuthInfo,
  bearerAuthChallengeResponse,
  getOAuthProtectedResourceMetadataUrl,
  OAuthError,
  OAuthErrorCode,
  type OAuthTokenVerifier,
  verifyBearerToken,
} from '@modelcontextprotocol/server'
import type { RequestHandler, Response } from 'express'
import { callerOf } from './caller.ts'

declare global {
  namespace Express {
    interface Request {
      /** The SDK's transport passes it to the handlers of the protocol. */
      auth?: AuthInfo
    }
  }
}

/**
 * The SDK's check of the access token. Added here: a request without a token gets a challenge without an error code (RFC 6750 §3.1), and a
 * token that was issued to a user before they were erased is invalid. An error that is no OAuthError is left to the error handler: the SDK's
 * own middleware answers it with 500, and 503 is right while the issuer's keys cannot be read.
 */
export function requireAccessToken(options: {
  verifier: OAuthTokenVerifier
  /** Whether the user was erased at `since` (Unix time in milliseconds) or later, or is being erased. */
  isErased(user: UserRef, since: number): Promise<boolean>
  resource: string
  scope: string
  log: Pick<Logger, 'info'>
}): RequestHandler {
  const { verifier, isErased, resource, scope, log } = options
  const resourceMetadataUrl = getOAuthProtectedResourceMetadataUrl(new URL(resource))
  const common = { requiredScopes: [scope], resourceMetadataUrl }
  const refuse = (response: Response, error: OAuthError) => {
    const { status, headers } = bearerAuthChallengeResponse(error, common)
    response.status(status).set(Object.fromEntries(headers)).json(error.toResponseObject())
  }
  const challenge = `Bearer scope="${scope}", resource_metadata="${resourceMetadataUrl}"`
  return async (request, response, next) => {
    if (!/^bearer\b/i.test(request.get('Authorization') ?? '')) {
      const error = { code: -32_000, message: 'An access token is required' }
      return response.status(401).set('WWW-Authenticate', challenge).json({ jsonrpc: '2.0', id: null, error })
    }
    try {
      request.auth = await verifyBearerToken(request.get('Authorization'), { verifier, ...common })
    } catch (error) {
      if (error instanceof OAuthError) return refuse(response, error)
      throw error
    }
    const { issuedAt } = request.auth.extra ?? {}
    const since = typeof issuedAt === 'number' ? issuedAt : 0
    // `isErased` throws while Redis is away: the token is neither accepted nor called invalid.
    if (!(await isErased(callerOf(request.auth).user, since))) return next()
    log.info({ refusal: 'erased-user' }, 'an access token was not taken')
    return refuse(response, new OAuthError(OAuthErrorCode.InvalidToken, 'The access token is not valid here'))
  }
}
