import type { credentialProviderVendor } from '../model/provider-configuration.ts'
import type { Infer } from '../model/shapes.ts'

export type Vendor = Infer<typeof credentialProviderVendor>
export type TokenEndpointAuthMethod = 'client_secret_basic' | 'client_secret_post'

export type AuthorizationServer = {
  issuer: string
  authorizationEndpoint: string
  tokenEndpoint: string
  tokenEndpointAuthMethod: TokenEndpointAuthMethod
}

const server = (
  issuer: string,
  authorizationEndpoint: string,
  tokenEndpoint: string,
  tokenEndpointAuthMethod: TokenEndpointAuthMethod = 'client_secret_post',
): AuthorizationServer => ({ issuer, authorizationEndpoint, tokenEndpoint, tokenEndpointAuthMethod })

/** Endpoints and client authentication as each vendor documents them. AWS's own settings are not known. */
export const vendorServers: Partial<Record<Vendor, AuthorizationServer>> = {
  GoogleOauth2: server(
    'https://accounts.google.com',
    'https://accounts.google.com/o/oauth2/v2/auth',
    'https://oauth2.googleapis.com/token',
  ),
  GithubOauth2: server(
    'https://github.com/login/oauth',
    'https://github.com/login/oauth/authorize',
    'https://github.com/login/oauth/access_token',
  ),
  // `oauth.v2.access`: the live service is reported to store the bot's token, which this endpoint's answer has at its top level (us-east-1, 2026).
  SlackOauth2: server(
    'https://slack.com',
    'https://slack.com/oauth/v2/authorize',
    'https://slack.com/api/oauth.v2.access',
  ),
  SalesforceOauth2: server(
    'https://login.salesforce.com',
    'https://login.salesforce.com/services/oauth2/authorize',
    'https://login.salesforce.com/services/oauth2/token',
  ),
  AtlassianOauth2: server(
    'https://auth.atlassian.com',
    'https://auth.atlassian.com/authorize',
    'https://auth.atlassian.com/oauth/token',
  ),
  LinkedinOauth2: server(
    'https://www.linkedin.com/oauth',
    'https://www.linkedin.com/oauth/v2/authorization',
    'https://www.linkedin.com/oauth/v2/accessToken',
  ),
  XOauth2: server(
    'https://x.com',
    'https://x.com/i/oauth2/authorize',
    'https://api.x.com/2/oauth2/token',
    'client_secret_basic',
  ),
  FacebookOauth2: server(
    'https://www.facebook.com',
    'https://www.facebook.com/v23.0/dialog/oauth',
    'https://graph.facebook.com/v23.0/oauth/access_token',
  ),
  YandexOauth2: server(
    'https://oauth.yandex.com',
    'https://oauth.yandex.com/authorize',
    'https://oauth.yandex.com/token',
  ),
  RedditOauth2: server(
    'https://www.reddit.com',
    'https://www.reddit.com/api/v1/authorize',
    'https://www.reddit.com/api/v1/access_token',
    'client_secret_basic',
  ),
  ZoomOauth2: server(
    'https://zoom.us',
    'https://zoom.us/oauth/authorize',
    'https://zoom.us/oauth/token',
    'client_secret_basic',
  ),
  TwitchOauth2: server(
    'https://id.twitch.tv/oauth2',
    'https://id.twitch.tv/oauth2/authorize',
    'https://id.twitch.tv/oauth2/token',
  ),
  SpotifyOauth2: server(
    'https://accounts.spotify.com',
    'https://accounts.spotify.com/authorize',
    'https://accounts.spotify.com/api/token',
    'client_secret_basic',
  ),
  DropboxOauth2: server(
    'https://www.dropbox.com',
    'https://www.dropbox.com/oauth2/authorize',
    'https://api.dropboxapi.com/oauth2/token',
  ),
  NotionOauth2: server(
    'https://api.notion.com',
    'https://api.notion.com/v1/oauth/authorize',
    'https://api.notion.com/v1/oauth/token',
    'client_secret_basic',
  ),
  HubspotOauth2: server(
    'https://app.hubspot.com',
    'https://app.hubspot.com/oauth/authorize',
    'https://api.hubapi.com/oauth/v1/token',
  ),
}

export function microsoftServer(tenantId = 'common'): AuthorizationServer {
  const tenant = `https://login.microsoftonline.com/${encodeURIComponent(tenantId)}`
  return server(`${tenant}/v2.0`, `${tenant}/oauth2/v2.0/authorize`, `${tenant}/oauth2/v2.0/token`)
}

const ownConfigKeys = {
  GoogleOauth2: 'googleOauth2ProviderConfig',
  GithubOauth2: 'githubOauth2ProviderConfig',
  SlackOauth2: 'slackOauth2ProviderConfig',
  SalesforceOauth2: 'salesforceOauth2ProviderConfig',
  MicrosoftOauth2: 'microsoftOauth2ProviderConfig',
  CustomOauth2: 'customOauth2ProviderConfig',
  AtlassianOauth2: 'atlassianOauth2ProviderConfig',
  LinkedinOauth2: 'linkedinOauth2ProviderConfig',
} as const

export function configKeyOf(vendor: Vendor) {
  return vendor in ownConfigKeys ? ownConfigKeys[vendor as keyof typeof ownConfigKeys] : 'includedOauth2ProviderConfig'
}
