import type { Oauth2Provider } from '../state/oauth2-provider.ts'
import type { UrlPolicy } from '../url-policy.ts'
import type { Outbound } from './outbound.ts'
import { VendorError } from './vendor-error.ts'
import type { AuthorizationServer, TokenEndpointAuthMethod } from './vendors.ts'

const METADATA_MAX_AGE_MS = 10 * 60 * 1000
const MAX_DOCUMENTS = 100

type Metadata = { issuer: string; authorizationEndpoint: string; tokenEndpoint: string; authMethods: readonly string[] }

export function createAuthorizationServers(options: {
  wallNow: () => number
  urlPolicy: UrlPolicy
  outbound: Outbound
  standIns: ReadonlyMap<string, Partial<AuthorizationServer>>
}) {
  const documents = new Map<string, { metadata: Promise<Metadata>; until: number }>()

  function discover(url: string): Promise<Metadata> {
    const cached = documents.get(url)
    if (cached && options.wallNow() < cached.until) return cached.metadata
    const metadata = fetchMetadata(url, options)
    documents.delete(url)
    documents.set(url, { metadata, until: options.wallNow() + METADATA_MAX_AGE_MS })
    if (documents.size > MAX_DOCUMENTS) documents.delete(documents.keys().next().value as string)
    metadata.catch(() => documents.delete(url))
    return metadata
  }

  async function discovered(server: { discoveryUrl: string; tokenEndpointAuthMethod?: TokenEndpointAuthMethod }) {
    const { authMethods, ...metadata } = await discover(server.discoveryUrl)
    return { ...metadata, tokenEndpointAuthMethod: server.tokenEndpointAuthMethod ?? preferredMethod(authMethods) }
  }

  return {
    async resolve({ name, server }: Oauth2Provider): Promise<AuthorizationServer> {
      const resolved = {
        ...('discoveryUrl' in server ? await discovered(server) : server),
        ...options.standIns.get(name),
      }
      if (![resolved.authorizationEndpoint, resolved.tokenEndpoint].every(options.urlPolicy.allows)) {
        throw new VendorError('an endpoint is neither on HTTPS nor on an allowed plain HTTP host')
      }
      return resolved
    },
  }
}

export type AuthorizationServers = ReturnType<typeof createAuthorizationServers>

/** RFC 8414 §2: absent means client_secret_basic. */
export function preferredMethod(methods: readonly string[] = []): TokenEndpointAuthMethod {
  const postOnly = methods.includes('client_secret_post') && !methods.includes('client_secret_basic')
  return postOnly ? 'client_secret_post' : 'client_secret_basic'
}

async function fetchMetadata(
  url: string,
  { urlPolicy, outbound }: { urlPolicy: UrlPolicy; outbound: Outbound },
): Promise<Metadata> {
  if (!urlPolicy.allows(url))
    throw new VendorError('the discovery URL is neither on HTTPS nor on an allowed plain HTTP host')
  const { status, body } = await outbound.requestJson(url)
  const { issuer, authorization_endpoint, token_endpoint, token_endpoint_auth_methods_supported } = body
  if (status !== 200 || typeof authorization_endpoint !== 'string' || typeof token_endpoint !== 'string') {
    throw new VendorError(`discovery answered ${status} without endpoints`)
  }
  // RFC 8414 §3.3, OpenID Connect Discovery §4.3: a document that names another issuer is somebody else's.
  if (typeof issuer !== 'string' || !belongsTo(issuer, url)) throw new VendorError('discovery names another issuer')
  const authMethods = Array.isArray(token_endpoint_auth_methods_supported) ? token_endpoint_auth_methods_supported : []
  return { issuer, authorizationEndpoint: authorization_endpoint, tokenEndpoint: token_endpoint, authMethods }
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
