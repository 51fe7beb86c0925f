import { isLoopback } from '@agent-identity/contracts'
import type { Clock, Logger } from '@agent-identity/service-runtime'
import * as oidc from 'openid-client'
import { describeFailure } from './oidc-failure.ts'

/** Of each request to the issuer. */
export const TIMEOUT_SECONDS = 5

/** Short: sign-ins fail meanwhile, even when the issuer is back. */
const LEFT_ALONE_MS = 1_000

interface Client {
  issuer: string
  clientId: string
  clientSecret: string
  timeoutSeconds?: number | undefined
}

/** The metadata is fetched at the first use. For a while after a failure nothing is fetched: anybody may begin a sign-in or send a logout token. */
export function lazyDiscovery(
  settings: Client & { clock: Clock; log: Logger },
): () => Promise<oidc.Configuration | undefined> {
  const { issuer, clientId, clientSecret, timeoutSeconds = TIMEOUT_SECONDS, clock, log } = settings
  let aloneUntil = 0
  let discovery: Promise<oidc.Configuration> | undefined
  const discover = () =>
    oidc.discovery(new URL(issuer), clientId, undefined, clientAuthentication(clientSecret), {
      timeout: timeoutSeconds,
      execute: extensions(issuer),
    })

  return async () => {
    if (!discovery && clock() < aloneUntil) return undefined
    discovery ??= discover()
    const mine = discovery
    try {
      return await mine
    } catch (error) {
      if (discovery === mine) {
        discovery = undefined
        aloneUntil = clock() + LEFT_ALONE_MS
      }
      log.warn({ issuer, ...describeFailure(error) }, 'the issuer’s metadata could not be read')
      return undefined
    }
  }
}

/** The same client and metadata, without keys. */
export function copyOf(found: oidc.Configuration, client: Client): oidc.Configuration {
  const { issuer, clientId, clientSecret, timeoutSeconds = TIMEOUT_SECONDS } = client
  const copy = new oidc.Configuration(found.serverMetadata(), clientId, undefined, clientAuthentication(clientSecret))
  copy.timeout = timeoutSeconds
  for (const extend of extensions(issuer)) extend(copy)
  return copy
}

/** Without `enableNonRepudiationChecks`, only TLS would authenticate the ID token. It also refuses `none` and every HMAC. */
const extensions = (issuer: string) => [
  oidc.enableNonRepudiationChecks,
  ...(isLoopback(issuer) ? [oidc.allowInsecureRequests] : []),
]

/** RFC 8414 §2: the default is `client_secret_basic`. */
function clientAuthentication(clientSecret: string): oidc.ClientAuth {
  const basic = oidc.ClientSecretBasic(clientSecret)
  const post = oidc.ClientSecretPost(clientSecret)
  return (server, ...request) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
    return (methods.includes('client_secret_basic') ? basic : post)(server, ...request)
  }
}
