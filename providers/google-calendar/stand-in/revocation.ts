import type { AuthorizationServer } from '@agent-identity/stand-in-kit'
import express, { Router } from 'express'

/**
 * Google's `POST /revoke`, without client authentication: any token ends the whole grant of its account.
 */
export function revocation({ provider, store }: AuthorizationServer): Router {
  const router = Router()
  router.post('/revoke', express.urlencoded({ limit: '16kb' }), async (request, response) => {
    const value = String(request.query.token ?? request.body?.token ?? '')
    const token = (await provider.AccessToken.find(value)) ?? (await provider.RefreshToken.find(value))
    if (!token?.grantId)
      return void response.status(400).json({ error: 'invalid_token', error_description: 'Token expired or revoked' })
    store.revokeGrantsOf(token.accountId)
    response.status(200).json({})
  })
  return router
}
