import type { AuthorizationServer } from '@agent-identity/stand-in-kit'
import { type RequestHandler, type Response, Router } from 'express'
import { jwtVerify } from 'jose'

export const USER_INFO_PATH = '/oauth2/userInfo'

/** Like Cognito's endpoint. oidc-provider's own accepts no access token with an audience. */
export function userInfo(server: AuthorizationServer): Router {
  const answer: RequestHandler = async (request, response) => {
    const [, token] = /^bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? []
    if (!token) return refuse(response, 400, 'invalid_request', 'Bad OAuth2 request at UserInfo Endpoint')
    const claims = await claimsOf(server, token)
    const person = server.people.withSubject(claims?.sub ?? '')
    if (!claims || !person)
      return refuse(response, 401, 'invalid_token', 'Access token is expired, disabled, or deleted')
    const scopes = String(claims.scope).split(' ')
    if (!scopes.includes('openid')) return refuse(response, 401, 'invalid_token', 'Access token has no openid scope')
    const { subject: sub, username, name, email } = person
    response.set('Cache-Control', 'no-store').json({
      sub,
      username,
      ...(scopes.includes('profile') ? { name } : {}),
      // `email_verified` is a string, as at Cognito.
      ...(scopes.includes('email') ? { email, email_verified: 'true' } : {}),
    })
  }
  return Router().get(USER_INFO_PATH, answer)
}

async function claimsOf({ provider, publicKey }: AuthorizationServer, token: string) {
  const verified = await jwtVerify(token, publicKey, { issuer: provider.issuer, algorithms: ['RS256'] }).catch(
    () => undefined,
  )
  const { sub, scope, origin_jti: grantId } = verified?.payload ?? {}
  return (await provider.Grant.find(String(grantId))) ? { sub, scope } : undefined
}

function refuse(response: Response, status: number, error: string, description: string): void {
  response.set('WWW-Authenticate', `Bearer error="${error}", error_description="${description}"`)
  response.status(status).json({ error, error_description: description })
}
