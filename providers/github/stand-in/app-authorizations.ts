import { timingSafeEqual } from 'node:crypto'
import type { AuthorizationServer } from '@agent-identity/stand-in-kit'
import express, { type RequestHandler, Router } from 'express'
import { refuse } from './api-middleware.ts'

/** "Delete an app token" (one token) and "Delete an app authorization" (a user's grant): GitHub has no RFC 7009 endpoint. */
export function appAuthorizations(
  { provider, store }: AuthorizationServer,
  client: { id: string; secret: string },
): Router {
  const router = Router()
  router.use('/applications/:clientId', requireClient(client), express.json({ type: () => true, limit: '16kb' }))
  router.delete('/applications/:clientId/:what', async (request, response) => {
    const { what } = request.params
    const token = await provider.AccessToken.find(String(request.body?.access_token))
    if (!token?.grantId || (what !== 'token' && what !== 'grant')) return refuse(response, 404, 'Not Found')
    if (what === 'token') await token.destroy()
    else store.revokeGrantsOf(token.accountId)
    response.status(204).end()
  })
  return router
}

function requireClient({ id, secret }: { id: string; secret: string }): RequestHandler<{ clientId: string }> {
  const expected = Buffer.from(`Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`)
  return (request, response, next) => {
    const given = Buffer.from(request.headers.authorization ?? '')
    const matches = given.length === expected.length && timingSafeEqual(given, expected)
    if (matches && request.params.clientId === id) next()
    else refuse(response, 404, 'Not Found')
  }
}
