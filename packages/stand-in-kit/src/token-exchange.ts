import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose'
import { errors, type KoaContextWithOIDC } from 'oidc-provider'
import type { AuthorizationServer } from './authorization-server/create-authorization-server.ts'
import type { VendorOptions } from './vendor.ts'

export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const JWT = 'urn:ietf:params:oauth:token-type:jwt'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'

/**
 * RFC 8693. Accepts only tokens of the agent's own sign-in client: others were issued to another application.
 *
 * @param scopes that can be requested
 */
export function tokenExchange(
  server: AuthorizationServer,
  { signIn }: Pick<VendorOptions, 'signIn'>,
  scopes: readonly string[],
): void {
  if (!signIn) throw new Error('This stand-in exchanges tokens: `signIn` must name their issuer and client')
  const { provider, people } = server
  // Fetched at the first use: the issuer may still be starting.
  const keys = createRemoteJWKSet(new URL('/jwks', signIn.issuer))

  async function personOf(token: string) {
    const verified = await jwtVerify(token, keys, { issuer: signIn?.issuer ?? '', algorithms: ['RS256'] }).catch(
      () => undefined,
    )
    return verified && clientOf(verified.payload) === signIn?.clientId
      ? people.withSubject(verified.payload.sub ?? '')
      : undefined
  }

  async function exchange(context: KoaContextWithOIDC): Promise<void> {
    const { client, params = {} } = context.oidc
    const { subject_token: subjectToken, subject_token_type: type, scope } = params
    if (!client || typeof subjectToken !== 'string' || (type !== JWT && type !== ACCESS_TOKEN))
      throw new errors.InvalidRequest('subject_token and its type are required')
    const asked = String(scope ?? '')
      .split(' ')
      .filter(Boolean)
    if (asked.some((one) => !scopes.includes(one))) throw new errors.InvalidScope('unknown scope', String(scope))
    const person = await personOf(subjectToken)
    if (!person) throw new errors.InvalidGrant('the subject token is not accepted')

    const grant = new provider.Grant({ accountId: person.subject, clientId: client.clientId })
    grant.addOIDCScope(asked.join(' '))
    const token = new provider.AccessToken({
      accountId: person.subject,
      client,
      grantId: await grant.save(),
      gty: 'token_exchange',
      scope: asked.join(' '),
    } as ConstructorParameters<typeof provider.AccessToken>[0])
    context.body = {
      access_token: await token.save(),
      issued_token_type: ACCESS_TOKEN,
      token_type: 'Bearer',
      expires_in: token.expiration,
      scope: asked.join(' '),
    }
  }
  const parameters = ['subject_token', 'subject_token_type', 'scope', 'audience', 'resource', 'requested_token_type']
  provider.registerGrantType(TOKEN_EXCHANGE, exchange, parameters, ['audience', 'resource'])
}

/** Issuers name the client in different claims. */
const clientOf = ({ client_id: cognito, cid: okta, azp }: JWTPayload) => cognito ?? okta ?? azp
