/** Vendors of AgentCore that want a client and nothing else, and the member of its configuration that each has. */
const CLIENT_ONLY = {
  GithubOauth2: 'githubOauth2ProviderConfig',
  GoogleOauth2: 'googleOauth2ProviderConfig',
  SlackOauth2: 'slackOauth2ProviderConfig',
  SalesforceOauth2: 'salesforceOauth2ProviderConfig',
  AtlassianOauth2: 'atlassianOauth2ProviderConfig',
  LinkedinOauth2: 'linkedinOauth2ProviderConfig',
} as const

/** Vendors that share one member. Those with servers of their own for each customer need to be told where these are. */
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

/** Every vendor of AgentCore, as it names them. */
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
  /** Where the callback URL has to be registered, as the end of a sentence. */
  registerAt: string
}

type Custom = {
  vendor: 'CustomOauth2'
  /** How the token endpoint wants the client secret; without it, AgentCore chooses. */
  clientAuthenticationMethod?: 'CLIENT_SECRET_BASIC' | 'CLIENT_SECRET_POST'
} & (
  | { discoveryUrl: string }
  /** AgentCore wants to be told of an authorization endpoint, also where no user is ever sent there. */
  | { endpoints: Endpoints }
)

interface Microsoft {
  vendor: 'MicrosoftOauth2'
  tenantId: string
}

/**
 * How AgentCore is told of an authorization server. Words in braces, such as `{tenant}`, are parameters: each deployment gives
 * its own (`-c <id><Parameter>=…`, for example `-c microsoftTenant=…`).
 */
export type AuthorizationServer =
  /** The issuer that users sign in at: the deployment makes its client, so that a first one needs no OAuth app. */
  { vendor: 'CognitoOauth2'; client: 'of-the-sign-in' } | (OwnClient & MachineServer)

/** One that gives an application a token of its own (client credentials, RFC 6749 §4.4). */
export type MachineServer =
  | { vendor: keyof typeof CLIENT_ONLY }
  | Microsoft
  | { vendor: (typeof INCLUDED)[number]; endpoints?: Endpoints }
  | Custom

/** One that trusts the issuer that users sign in at, and gives a token for the API in exchange for theirs. */
export type ExchangingServer =
  /** Its on-behalf-of flow is built into AgentCore. Users have to sign in at the same tenant. */
  | Microsoft
  /** By token exchange (RFC 8693), without an actor, or with the token as an assertion (RFC 7523 §2.1). */
  | (Custom & { exchange: 'TOKEN_EXCHANGE' | 'JWT_AUTHORIZATION_GRANT' })

/** An OAuth client, as the authorization server has it registered. */
export interface OAuthClient {
  clientId: string
  clientSecret: string
}

/**
 * `oauth2ProviderConfigInput` of `CreateOauth2CredentialProvider`, which CloudFormation takes in the same form.
 *
 * @param endpoints for a client of the sign-in, which has none of its own.
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

/** The names of the parameters that a deployment has to give, in the order in which they appear. */
export const parametersOf = (value: unknown): string[] => [
  ...new Set([...JSON.stringify(value).matchAll(PARAMETER)].map(([, name]) => name ?? '')),
]

/** With what the deployment gives in the place of each parameter. @throws TypeError when one is not given. */
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
