import {
  type AuthorizationServer,
  createAuthorizationServer,
  interactionErrors,
  type Look,
  type People,
  signInRoutes,
} from '@agent-identity/stand-in-kit'
import express, { type Express } from 'express'
import { errors } from 'oidc-provider'
import { AUDIENCE, HABITS, OFFLINE_SCOPE, type SignInHabit, translateAuthorizationRequest } from './habits.ts'
import { clientConsentRoutes, MCP_FEATURES, type McpClients, publicClient } from './mcp-clients.ts'
import { signOut } from './sign-out.ts'
import { userInfo } from './user-info.ts'
import { isPageOfClient, registrationFromPages } from './web-page-clients.ts'

const LOOK: Look = { colour: 'teal', name: 'Sign-in', standsInFor: 'the issuer of your deployment' }
const SCOPES = `openid profile email ${OFFLINE_SCOPE}`
/** Makes access tokens JWTs: oidc-provider takes their format from the resource server. */
const RESOURCE = 'urn:agent-workload'

export interface SignInOptions {
  issuer: string
  people: People
  applicationName: string
  client: { id: string; secret: string }
  redirectUri: string
  postLogoutRedirectUri: string
  /** Whose issuer it imitates. Default: Cognito. */
  habit?: SignInHabit
  /** Gets logout tokens, whatever the habit. The real Cognito sends none. */
  backChannelLogoutUri?: string
  /** Clients of the providers whose authorization server is the sign-in. */
  providerClients: readonly { id: string; secret: string; redirectUri: string }[]
  mcp?: McpClients
}

export async function createSignIn(options: SignInOptions): Promise<Express> {
  const { issuer, people, applicationName, client, redirectUri, postLogoutRedirectUri, providerClients } = options
  const { habit = 'cognito', backChannelLogoutUri, mcp } = options
  const own = new Set([client.id, ...providerClients.map(({ id }) => id)])
  const { claims, audienceParameter, offlineAccess } = HABITS[habit]
  /** Tokens of other clients must not be accepted as the sign-in client's, so only its tokens get AUDIENCE. */
  const resourceOf = (clientId: string) => {
    if (mcp && !own.has(clientId)) return mcp.resource
    return claims && clientId === client.id ? AUDIENCE : RESOURCE
  }
  const server: AuthorizationServer = await createAuthorizationServer({
    issuer,
    people,
    look: LOOK,
    applicationName,
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        // As at Cognito: the ID token has `auth_time`.
        require_auth_time: true,
        redirect_uris: [redirectUri],
        post_logout_redirect_uris: [postLogoutRedirectUri],
        ...(backChannelLogoutUri !== undefined && {
          backchannel_logout_uri: backChannelLogoutUri,
          backchannel_logout_session_required: true,
        }),
      },
      ...providerClients.map((one) => ({
        client_id: one.id,
        client_secret: one.secret,
        redirect_uris: [one.redirectUri],
      })),
      ...(mcp ? [publicClient(mcp)] : []),
    ],
    configuration: {
      scopes: [...SCOPES.split(' '), ...(mcp ? [mcp.scope] : [])],
      claims: { openid: ['sub', 'cognito:groups'], profile: ['name'], email: ['email', 'email_verified'] },
      // As at Cognito: the ID token has name and e-mail.
      conformIdTokenClaims: false,
      // oidc-provider's dispatcher connects to no loopback address.
      fetch(url, options) {
        const isMetadataOfClient = mcp && String(url).startsWith('https:')
        if (String(url) !== backChannelLogoutUri && !isMetadataOfClient)
          throw new Error('The sign-in calls only its application and metadata of clients')
        const { dispatcher: _itsOwn, ...asked } = options as RequestInit & { dispatcher?: unknown }
        return globalThis.fetch(url, asked)
      },
      pkce: { required: () => true },
      issueRefreshToken: (_context, { clientId }, code) =>
        !offlineAccess || clientId !== client.id || code.scopes.has(OFFLINE_SCOPE),
      // Cognito's `origin_jti` is the same in all tokens of one sign-in at one client.
      extraTokenClaims: (_context, token) => ({
        token_use: 'access',
        ...('grantId' in token && { origin_jti: token.grantId }),
      }),
      rotateRefreshToken: true,
      ...(mcp && { clientBasedCORS: isPageOfClient }),
      formats: {
        customizers: {
          jwt(_context, { clientId }, { payload }) {
            if (!claims || clientId !== client.id) return
            const { sub: subject, scope } = payload
            for (const name of ['client_id', 'scope']) delete payload[name]
            const said = String(scope).replace(OFFLINE_SCOPE, 'offline_access')
            Object.assign(payload, claims({ issuer, clientId, subject: String(subject), scope: said }))
          },
        },
      },
      features: {
        resourceIndicators: {
          enabled: true,
          // `undefined` makes the access token opaque.
          defaultResource: (_context, { clientId }) =>
            audienceParameter && clientId === client.id ? undefined : resourceOf(clientId),
          useGrantedResource: () => true,
          getResourceServerInfo: (_context, resource, { clientId }) => {
            if (resource !== resourceOf(clientId)) throw new errors.InvalidTarget()
            const scope = resource === mcp?.resource ? mcp.scope : SCOPES
            return { scope, audience: resource, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } } }
          },
        },
        ...(mcp && MCP_FEATURES),
        revocation: { enabled: true, allowedPolicy: (_context, client, token) => token.clientId === client.clientId },
        backchannelLogout: { enabled: true },
        rpInitiatedLogout: { enabled: true, ...signOut(() => server) },
      },
      // For our own clients, users are not asked for consent.
      async loadExistingGrant({ oidc }) {
        const { client, session } = oidc
        if (!client || !session?.accountId) return undefined
        const existing = oidc.result?.consent?.grantId ?? session.grantIdFor(client.clientId)
        const found = existing && (await server.provider.Grant.find(existing))
        if (found) return found
        if (!own.has(client.clientId)) return undefined
        const grant = new server.provider.Grant({ accountId: session.accountId, clientId: client.clientId })
        grant.addOIDCScope(SCOPES)
        grant.addResourceScope(resourceOf(client.clientId), SCOPES)
        await grant.save()
        return grant
      },
    },
  })

  const app = express()
  app.disable('x-powered-by')
  app.use(translateAuthorizationRequest(habit))
  app.use(userInfo(server))
  if (mcp) app.use(registrationFromPages, clientConsentRoutes(server, mcp))
  app.use(signInRoutes(server))
  app.use(server.provider.callback())
  app.use(interactionErrors(server))
  return app
}
