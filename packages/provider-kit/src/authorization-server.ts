/** By vendor, the member of AgentCore's configuration. */
const CLIENT_ONLY = {
  GithubOauth2: 'githubOauth2ProviderConfig',
  GoogleOauth2: 'googleOauth2ProviderConfig',
  SlackOauth2: 'slackOauth2ProviderConfig',
  SalesforceOauth2: 'salesforceOauth2ProviderConfig',
  AtlassianOauth2: 'atlassianOauth2ProviderConfig',
  LinkedinOauth2: 'linkedinOauth2ProviderConfig',
} as const

/** These vendors share the member `includedOauth2ProviderConfig`. Those with a server for each customer also need that server's endpoints. */
const INCLUDED = [
  'Auth0Oauth2',
  'CognitoOauth2',
  'CyberArkOauth2',
  'DropboxOauth2',
  'FacebookOauth2',
  'FusionAuthOauth2',
  'HubspotOauth2',
  'NotionOauth2',
  'OktaOauth2',
  'OneLoginOauth2',
  'PingOneOauth2',
  'RedditOauth2',
  'SpotifyOauth2',
  'TwitchOauth2',
  'XOauth2',
  'YandexOauth2',
  'ZoomOauth2',
] as const

/** AgentCore's names of the vendors. */
export const VENDORS: readonly string[] = [
  ...Object.keys(CLIENT_ONLY),
  'MicrosoftOauth2',
  ...INCLUDED,
  'CustomOauth2',
].sort()

export interface Endpoints {
  issuer: string
  authorizationEndpoint: string
  tokenEndpoint: string
}

interface OwnClient {
  /** Where the callback URL has to be registered; the end of a sentence. */
  registerAt: string
}

type Custom = {
  vendor: 'CustomOauth2'
  /** By default, AgentCore chooses. */
  clientAuthenticationMethod?: 'CLIENT_SECRET_BASIC' | 'CLIENT_SECRET_POST'
} & (
  | { discoveryUrl: string }
  /** AgentCore requires an authorization endpoint, even when no user is sent there. */
  | { endpoints: Endpoints }
)

interface Microsoft {
  vendor: 'MicrosoftOauth2'
  tenantId: string
}

/** Words in braces, such as `{tenant}`, are parameters of the deployment (`-c microsoftTenant=…`). */
export type AuthorizationServer =
  /** The deployment creates the client. */
  { vendor: 'CognitoOauth2'; client: 'of-the-sign-in' } | (OwnClient & MachineServer)

/** Issues a token to an application itself (client credentials, RFC 6749 §4.4). */
export type MachineServer =
  | { vendor: keyof typeof CLIENT_ONLY }
  | Microsoft
  | { vendor: (typeof INCLUDED)[number]; endpoints?: Endpoints }
  | Custom

/** Exchanges a token of the sign-in issuer for one of the API. */
export type ExchangingServer =
  /** By AgentCore's built-in flow. Users have to sign in at the same tenant. */
  | Microsoft
  /** By token exchange (RFC 8693) without an actor, or with the token as an assertion (RFC 7523 §2.1). */
  | (Custom & { exchange: 'TOKEN_EXCHANGE' | 'JWT_AUTHORIZATION_GRANT' })

export interface OAuthClient {
  clientId: string
  clientSecret: string
}

/**
 * `oauth2ProviderConfigInput` of `CreateOauth2CredentialProvider`.
 *
 * @param endpoints in place of those of `server`.
 */
export function credentialProviderInput(
  server: AuthorizationServer | MachineServer | ExchangingServer,
  client: OAuthClient,
  endpoints = 'endpoints' in server ? server.endpoints : undefined,
): Record<string, unknown> {
  if (server.vendor === 'CustomOauth2') {
    const oauthDiscovery =
      'discoveryUrl' in server ? { discoveryUrl: server.discoveryUrl } : { authorizationServerMetadata: endpoints }
    const { clientAuthenticationMethod: method } = server
    const authentication = method ? { clientAuthenticationMethod: method } : {}
    const exchange = 'exchange' in server ? { onBehalfOfTokenExchangeConfig: exchangeConfig(server.exchange) } : {}
    return { customOauth2ProviderConfig: { oauthDiscovery, ...client, ...authentication, ...exchange } }
  }
  if (server.vendor === 'MicrosoftOauth2')
    return { microsoftOauth2ProviderConfig: { ...client, tenantId: server.tenantId } }
  if (isClientOnly(server.vendor)) return { [CLIENT_ONLY[server.vendor]]: client }
  return { includedOauth2ProviderConfig: { ...client, ...endpoints } }
}

const exchangeConfig = (grantType: 'TOKEN_EXCHANGE' | 'JWT_AUTHORIZATION_GRANT') => ({
  grantType,
  ...(grantType === 'TOKEN_EXCHANGE' ? { tokenExchangeGrantTypeConfig: { actorTokenContent: 'NONE' } } : {}),
})

const isClientOnly = (vendor: string): vendor is keyof typeof CLIENT_ONLY => Object.hasOwn(CLIENT_ONLY, vendor)

const PARAMETER = /\{([a-z][A-Za-z0-9]*)\}/g

export const parametersOf = (value: unknown): string[] => [
  ...new Set([...JSON.stringify(value).matchAll(PARAMETER)].map(([, name]) => name ?? '')),
]

export function withParameters<Value>(value: Value, given: Readonly<Record<string, string>>): Value {
  const filled = (text: string) =>
    text.replace(PARAMETER, (_whole, name: string) => {
      const found = Object.hasOwn(given, name) ? given[name] : undefined
      if (found === undefined) throw new TypeError(`The parameter ${name} is not given`)
      return found
    })
  return JSON.parse(JSON.stringify(value), (_key, member: unknown) =>
    typeof member === 'string' ? filled(member) : member,
  ) as Value
}
