import { createPrivateKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import Provider, { type Configuration } from 'oidc-provider'
import { memoryAdapter } from './memory-adapter.ts'

export const CLIENT = { clientId: 'the-app', clientSecret: 'a-client-secret-of-this-test' }

type Part = Record<string, unknown>

export interface TestIssuer {
  url: string
  /** Oldest first. */
  grants: string[]
  /** At the token endpoint. */
  secretWasIn: 'header' | 'body' | undefined
  discoveries: number
  /** Refresh tokens that were revoked, oldest first: not those whose revocation `misbehaviour` answered. */
  revoked: string[]
  accessTokenSeconds: number
  /** Reset by `behave`. */
  misbehaviour: {
    /** It is signed again, by default with the issuer's own key. */
    idToken?: (claims: Part, header: Part) => { claims?: Part; header?: Part; signature?: (input: string) => string }
    /** Between the issuer's decision and its answer. */
    beforeTokenAnswer?: () => Promise<void>
    tokenStatus?: number
    tokenBody?: string
    tokenType?: string
    /** The token is not revoked. */
    revocation?: { status: number; before?: () => Promise<void> }
  }
  /** By default with the issuer's own key. */
  sign(claims: Part, header?: Part, signature?: (input: string) => string): string
  behave(): void
  /** Connections are closed. The port stays taken: otherwise another process could get it. */
  goOffline(): void
  goOnline(): void
  stop(): Promise<void>
}

const signingKey = {
  ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }),
  use: 'sig',
  alg: 'RS256',
  kid: 'the-key',
}

/** A real OpenID provider on loopback. The header `X-Test-Person` chooses the user. */
export async function startIssuer(app: { publicUrl: string }, configuration: Configuration = {}): Promise<TestIssuer> {
  const server = createServer({ keepAliveTimeout: 65_000 })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  let isOffline = false
  server.on('connection', (socket) => isOffline && socket.destroy())

  const issuer: TestIssuer = {
    url: `http://127.0.0.1:${port}`,
    grants: [],
    discoveries: 0,
    revoked: [],
    secretWasIn: undefined,
    accessTokenSeconds: 3_600,
    misbehaviour: {},
    sign: (claims, header, signature = signAsIssuer) => {
      const input = encoded({ alg: 'RS256', kid: signingKey.kid, ...header }, claims)
      return `${input}.${signature(input)}`
    },
    behave() {
      issuer.misbehaviour = {}
      issuer.accessTokenSeconds = 3_600
      issuer.grants.length = 0
      issuer.discoveries = 0
      issuer.revoked.length = 0
    },
    goOffline() {
      isOffline = true
      server.closeAllConnections()
    },
    goOnline() {
      isOffline = false
    },
    async stop() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }

  const provider = createProvider(issuer, app.publicUrl, configuration)
  const answer = provider.callback()
  const listener: RequestListener = async (request, response) => {
    if (request.url?.startsWith('/.well-known/')) issuer.discoveries++
    if (!request.url?.startsWith('/interaction/')) return answer(request, response)
    const accountId = String(request.headers['x-test-person'])
    await provider.interactionFinished(request, response, { login: { accountId } })
  }
  server.on('request', listener)
  return issuer
}

function createProvider(issuer: TestIssuer, publicUrl: string, configuration: Configuration): Provider {
  const provider = new Provider(issuer.url, {
    adapter: memoryAdapter(),
    clients: [
      {
        client_id: CLIENT.clientId,
        client_secret: CLIENT.clientSecret,
        token_endpoint_auth_method: [...(configuration.clientAuthMethods ?? ['client_secret_basic'])][0],
        grant_types: ['authorization_code', 'refresh_token'],
        redirect_uris: [`${publicUrl}/auth/callback`],
        post_logout_redirect_uris: [`${publicUrl}/auth/signed-out`],
        // ID tokens then contain the id of the issuer's session.
        backchannel_logout_uri: `${publicUrl}/auth/back-channel-logout`,
        backchannel_logout_session_required: true,
      },
    ],
    jwks: { keys: [signingKey] },
    cookies: { keys: [randomBytes(32).toString('hex')] },
    pkce: { required: () => true },
    conformIdTokenClaims: false,
    claims: { openid: ['sub'], profile: ['name'], email: ['email'] },
    issueRefreshToken: async () => true,
    rotateRefreshToken: true,
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      revocation: { enabled: true, allowedPolicy: (_context, client, token) => token.clientId === client.clientId },
    },
    ttl: {
      AccessToken: () => issuer.accessTokenSeconds,
      AuthorizationCode: 60,
      Grant: 86_400,
      IdToken: 3_600,
      Interaction: 600,
      RefreshToken: 86_400,
      Session: 600,
    },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, accountId) => ({
      accountId,
      claims: () => ({ sub: accountId, name: `${accountId} of the test`, email: `${accountId}@example.com` }),
    }),
    async loadExistingGrant({ oidc }) {
      if (!oidc.session?.accountId || !oidc.client) return undefined
      const existing = await provider.Grant.find(oidc.session.grantIdFor(oidc.client.clientId) ?? '')
      if (existing) return existing
      const grant = new provider.Grant({ accountId: oidc.session.accountId, clientId: oidc.client.clientId })
      grant.addOIDCScope('openid profile email')
      await grant.save()
      return grant
    },
    ...configuration,
  })

  provider.use(async (context, next) => {
    const { revocation } = issuer.misbehaviour
    if (context.path === '/token/revocation' && revocation) {
      await revocation.before?.()
      context.status = revocation.status
      if (revocation.status < 500) context.body = { error: 'unsupported_token_type' }
      return
    }
    await next()
    if (context.path === '/token/revocation') issuer.revoked.push(String(context.oidc?.params?.token))
    if (context.path !== '/token') return
    issuer.grants.push(String(context.oidc?.params?.grant_type))
    issuer.secretWasIn = context.get('authorization').startsWith('Basic ') ? 'header' : 'body'
    const { idToken, beforeTokenAnswer, tokenStatus, tokenBody, tokenType } = issuer.misbehaviour
    const body = context.body as Part
    if (idToken && typeof body.id_token === 'string') body.id_token = rewrite(body.id_token, idToken)
    await beforeTokenAnswer?.()
    if (tokenStatus !== undefined) context.status = tokenStatus
    if (tokenBody !== undefined) context.body = tokenBody
    if (tokenType !== undefined) context.type = tokenType
  })
  return provider
}

function rewrite(jwt: string, change: NonNullable<TestIssuer['misbehaviour']['idToken']>): string {
  const [header = {}, claims = {}] = jwt
    .split('.')
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Part)
  const changed = change(claims, header)
  const input = encoded({ ...header, ...changed.header }, { ...claims, ...changed.claims })
  return `${input}.${(changed.signature ?? signAsIssuer)(input)}`
}

const encoded = (...parts: Part[]) =>
  parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')

const signAsIssuer = (input: string): string =>
  sign('sha256', Buffer.from(input), createPrivateKey({ key: signingKey, format: 'jwk' })).toString('base64url')
