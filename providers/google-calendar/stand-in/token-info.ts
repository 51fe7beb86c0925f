import { type AuthorizationServer, findCaller } from '@agent-identity/stand-in-kit'
import { Router } from 'express'

const EMAIL = 'https://www.googleapis.com/auth/userinfo.email'

/** Here the token must be in the header. Google accepts it in the query too, where it would get into logs. */
export function tokenInfo(server: AuthorizationServer): Router {
  return Router().post('/oauth2/v3/tokeninfo', async (request, response) => {
    const caller = await findCaller(server, request.get('authorization') ?? '')
    if (!caller) return void response.status(400).json({ error: 'invalid_token', error_description: 'Invalid Value' })
    const { person, scopes } = caller
    const seesEmail = scopes.has(EMAIL)
    response.json({
      // Google adds `openid` when a scope of signing in was granted.
      scope: [...scopes, ...(seesEmail ? ['openid'] : [])].join(' '),
      expires_in: '3599',
      access_type: 'offline',
      ...(seesEmail && { sub: person.subject, email: person.email, email_verified: 'true' }),
    })
  })
}
