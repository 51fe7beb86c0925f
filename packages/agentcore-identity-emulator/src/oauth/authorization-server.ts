import type { Oauth2Provider } from '../state/oauth2-provider-record.ts'
import type { UrlPolicy } from '../url-policy.ts'
import type { Outbound } from './outbound.ts'
import { noDiscoveryDocument, VendorError } from './vendor-error.ts'
import type { AuthorizationServer, TokenEndpointAuthMethod } from './vendors.ts'

type Metadata = Pick<AuthorizationServer, 'issuer' | 'tokenEndpoint'> & {
  authorizationEndpoint: string | undefined
  authMethods: readonly string[]
}
type ResolvedServer = Omit<AuthorizationServer, 'authorizationEndpoint'> & { authorizationEndpoint: string | undefined }

export function createAuthorizationServers(options: {
  urlPolicy: UrlPolicy
  outbound: Outbound
  standIns: ReadonlyMap<string, Partial<AuthorizationServer> | 'vendor'>
  /** A function, because the emulator's address is known only when it listens. */
  builtIn(): AuthorizationServer
}) {
  // Fetched at a provider's first use, and kept, as seen of the live service (2026-09-28). An update of the provider makes another object.
  const documents = new WeakMap<Oauth2Provider, Promise<Metadata>>()

  function discover(provider: Oauth2Provider, url: string): Promise<Metadata> {
    const kept = documents.get(provider)
    if (kept) return kept
    const metadata = fetchMetadata(url, options)
    documents.set(provider, metadata)
    // A failure is not kept: the authorization server may still be starting.
    metadata.catch(() => documents.delete(provider))
    return metadata
  }

  async function discovered(
    provider: Oauth2Provider,
    server: { discoveryUrl: string; tokenEndpointAuthMethod?: TokenEndpointAuthMethod },
  ) {
    const { authMethods, ...metadata } = await discover(provider, server.discoveryUrl)
    return { ...metadata, tokenEndpointAuthMethod: server.tokenEndpointAuthMethod ?? preferredMethod(authMethods) }
  }

  function isBuiltIn({ name, server }: Oauth2Provider) {
    const standIn = options.standIns.get(name)
    if ('builtIn' in server || standIn === 'vendor') return true
    const { issuer, authorizationEndpoint } = options.builtIn()
    const inline = 'authorizationEndpoint' in server ? server.authorizationEndpoint : undefined
    const endpoint = standIn?.authorizationEndpoint ?? inline
    if (endpoint !== undefined) return endpoint === authorizationEndpoint
    return 'discoveryUrl' in server && belongsTo(issuer, server.discoveryUrl)
  }

  return {
    isBuiltIn,
    async resolve(provider: Oauth2Provider): Promise<ResolvedServer> {
      const { name, server } = provider
      const standIn = options.standIns.get(name)
      if ('builtIn' in server || standIn === 'vendor') return options.builtIn()
      const resolved = {
        ...('discoveryUrl' in server ? await discovered(provider, server) : server),
        ...standIn,
      }
      const endpoints = [resolved.tokenEndpoint, resolved.authorizationEndpoint].filter((url) => url !== undefined)
      if (!endpoints.every(options.urlPolicy.allows)) {
        throw new VendorError('an endpoint is neither on HTTPS nor on an allowed plain HTTP host')
      }
      return resolved
    },
  }
}

export type AuthorizationServers = ReturnType<typeof createAuthorizationServers>

/** RFC 8414 §2: without a list of methods, the method is client_secret_basic. */
export function preferredMethod(methods: readonly string[] = []): TokenEndpointAuthMethod {
  const postOnly = methods.includes('client_secret_post') && !methods.includes('client_secret_basic')
  return postOnly ? 'client_secret_post' : 'client_secret_basic'
}

async function fetchMetadata(url: string, { urlPolicy, outbound }: { urlPolicy: UrlPolicy; outbound: Outbound }) {
  try {
    if (!urlPolicy.allows(url))
      throw new Error('the discovery URL is neither on HTTPS nor on an allowed plain HTTP host')
    return parseMetadata(url, await outbound.requestJson(url))
  } catch (cause) {
    throw noDiscoveryDocument(url, cause)
  }
}

function parseMetadata(url: string, { status, body }: { status: number; body: Record<string, unknown> }): Metadata {
  const { issuer, authorization_endpoint: authorizationEndpoint, token_endpoint: tokenEndpoint } = body
  if (status !== 200 || typeof tokenEndpoint !== 'string') throw new Error(`it answered ${status} without endpoints`)
  // RFC 8414 §3.3, OpenID Connect Discovery §4.3: a document that names another issuer must not be used.
  if (typeof issuer !== 'string' || !belongsTo(issuer, url)) throw new Error('it names another issuer')
  const authMethods = body.token_endpoint_auth_methods_supported
  return {
    issuer,
    authorizationEndpoint: typeof authorizationEndpoint === 'string' ? authorizationEndpoint : undefined,
    tokenEndpoint,
    authMethods: Array.isArray(authMethods) ? authMethods : [],
  }
}

function belongsTo(issuer: string, discoveryUrl: string) {
  if (!URL.canParse(issuer)) return false
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  const wellKnown = ['openid-configuration', 'oauth-authorization-server'].map((name) => `/.well-known/${name}`)
  return wellKnown.some(
    (name) => discoveryUrl === `${origin}${path}${name}` || discoveryUrl === `${origin}${name}${path}`,
  )
}
