import { epochSeconds } from '../aws-protocol/timestamps.ts'
import type { EmulatorState } from '../emulator-state.ts'
import { describeSecret } from '../oauth/provider-secret.ts'
import { configKeyOf } from '../oauth/vendors.ts'
import { builtInServer } from '../vendor/metadata.ts'
import { callbackUrl } from './oauth2-provider.ts'
import type { CustomConfig, Oauth2Provider } from './oauth2-provider-record.ts'

type Context = Pick<EmulatorState, 'publicUrl' | 'ownUrl' | 'assumptions'>

/** Absent members are null, as on the live service. */
export function describeNewOauth2Provider(provider: Oauth2Provider, context: Context) {
  const { publicUrl, assumptions } = context
  return {
    ...describeSecret('clientSecret', provider.clientSecret, provider.secretArn),
    name: provider.name,
    credentialProviderArn: provider.arn,
    callbackUrl: callbackUrl(provider, publicUrl),
    oauth2ProviderConfigOutput: { [configKeyOf(provider.vendor)]: describeConfig(provider, context) },
    // Null by default, as seen in two Regions: so a test finds a caller that waits for READY.
    status: assumptions.providerStatus === 'READY' ? 'READY' : null,
  }
}

export function describeUpdatedOauth2Provider(provider: Oauth2Provider, context: Context) {
  return {
    ...describeNewOauth2Provider(provider, context),
    credentialProviderVendor: provider.vendor,
    createdTime: epochSeconds(provider.createdTime),
    lastUpdatedTime: epochSeconds(provider.lastUpdatedTime),
  }
}

export const describeOauth2Provider = (provider: Oauth2Provider, context: Context) => ({
  ...describeUpdatedOauth2Provider(provider, context),
  failureReason: null,
})

function describeConfig({ server, clientId, custom }: Oauth2Provider, context: Context) {
  if ('builtIn' in server) {
    const { issuer, authorizationEndpoint, tokenEndpoint } = builtInServer(context)
    const oauthDiscovery = { authorizationServerMetadata: { issuer, authorizationEndpoint, tokenEndpoint } }
    return describeCustomConfig(clientId, { ...custom, oauthDiscovery })
  }
  if (custom) return describeCustomConfig(clientId, custom)
  const oauthDiscovery =
    'discoveryUrl' in server
      ? { discoveryUrl: server.discoveryUrl }
      : {
          authorizationServerMetadata: {
            issuer: server.issuer,
            authorizationEndpoint: server.authorizationEndpoint,
            tokenEndpoint: server.tokenEndpoint,
            responseTypes: ['code'],
            tokenEndpointAuthMethods: null,
          },
        }
  return { oauthDiscovery, clientId }
}

function describeCustomConfig(clientId: string, custom: CustomConfig) {
  return {
    oauthDiscovery: describeDiscovery(custom.oauthDiscovery),
    clientId: clientId === '' ? null : clientId,
    onBehalfOfTokenExchangeConfig: describeExchange(custom.onBehalfOfTokenExchangeConfig),
    clientAuthenticationMethod: custom.clientAuthenticationMethod ?? null,
    // Providers with one of these members are not emulated.
    privateEndpoint: null,
    privateEndpointOverrides: null,
    certificateConfigurations: null,
    privateKeyJwtConfig: null,
  }
}

function describeDiscovery({ discoveryUrl, authorizationServerMetadata: metadata }: CustomConfig['oauthDiscovery']) {
  if (metadata === undefined) return { discoveryUrl }
  const absent = { responseTypes: null, tokenEndpointAuthMethods: null }
  return { authorizationServerMetadata: { ...absent, ...metadata } }
}

function describeExchange(exchange: CustomConfig['onBehalfOfTokenExchangeConfig']) {
  if (exchange === undefined) return null
  const { tokenExchangeGrantTypeConfig: grantType, ...config } = exchange
  const tokenExchangeGrantTypeConfig = grantType ? { actorTokenScopes: null, ...grantType } : null
  return { ...config, tokenExchangeGrantTypeConfig }
}
