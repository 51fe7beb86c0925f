import { AwsError, ValidationException } from '../aws-protocol/errors.ts'
import type { CustomConfig, Oauth2Provider, Oauth2ProviderConfigInput } from '../state/oauth2-provider-record.ts'
import type { UrlPolicy } from '../url-policy.ts'
import { preferredMethod } from './authorization-server.ts'
import {
  type AuthorizationServer,
  configKeyOf,
  microsoftServer,
  type TokenEndpointAuthMethod,
  type Vendor,
  vendorServers,
} from './vendors.ts'

/** @throws ValidationException or NotEmulatedException */
export function providerServer(
  vendor: Vendor,
  input: Oauth2ProviderConfigInput,
  urlPolicy: UrlPolicy,
): Oauth2Provider['server'] {
  const expected = configKeyOf(vendor)
  if (!(expected in input)) {
    throw ValidationException.field('oauth2ProviderConfigInput', `${vendor} requires ${expected}`)
  }
  if (input.customOauth2ProviderConfig) return customServer(input.customOauth2ProviderConfig, urlPolicy)
  if (input.microsoftOauth2ProviderConfig) return microsoftServer(input.microsoftOauth2ProviderConfig.tenantId)
  const { issuer, authorizationEndpoint, tokenEndpoint } = input.includedOauth2ProviderConfig ?? {}
  const own = { issuer, authorizationEndpoint, tokenEndpoint }
  const builtIn = vendorServers[vendor]
  return builtIn ? builtInServer(builtIn, own, urlPolicy) : tenantServer(vendor, own, urlPolicy)
}

type Endpoints = {
  issuer: string | undefined
  authorizationEndpoint: string | undefined
  tokenEndpoint: string | undefined
}

/** Every customer of these vendors has its own endpoints. */
function tenantServer(
  vendor: Vendor,
  { issuer, authorizationEndpoint, tokenEndpoint }: Endpoints,
  urlPolicy: UrlPolicy,
) {
  if (!issuer || !authorizationEndpoint || !tokenEndpoint) {
    throw ValidationException.field(
      'oauth2ProviderConfigInput.includedOauth2ProviderConfig',
      `${vendor} requires issuer, authorizationEndpoint and tokenEndpoint`,
    )
  }
  const tenant = { issuer, authorizationEndpoint, tokenEndpoint }
  requireUrls(tenant, urlPolicy)
  return { ...tenant, tokenEndpointAuthMethod: 'client_secret_basic' } as const
}

function builtInServer(builtIn: AuthorizationServer, own: Endpoints, urlPolicy: UrlPolicy): AuthorizationServer {
  const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined))
  requireUrls(given as Record<string, string>, urlPolicy)
  return { ...builtIn, ...given }
}

const configuredMethods: Partial<Record<string, TokenEndpointAuthMethod>> = {
  CLIENT_SECRET_BASIC: 'client_secret_basic',
  CLIENT_SECRET_POST: 'client_secret_post',
}

function customServer(custom: CustomConfig, urlPolicy: UrlPolicy): Oauth2Provider['server'] {
  refuseUnemulated(custom)
  const configured = configuredMethods[custom.clientAuthenticationMethod ?? '']
  const { discoveryUrl, authorizationServerMetadata: metadata } = custom.oauthDiscovery
  if (metadata === undefined) {
    requireUrls({ discoveryUrl }, urlPolicy)
    return { discoveryUrl, ...(configured ? { tokenEndpointAuthMethod: configured } : {}) }
  }
  const { issuer, authorizationEndpoint, tokenEndpoint, tokenEndpointAuthMethods } = metadata
  requireUrls({ issuer, authorizationEndpoint, tokenEndpoint }, urlPolicy)
  const tokenEndpointAuthMethod = configured ?? preferredMethod(tokenEndpointAuthMethods)
  return { issuer, authorizationEndpoint, tokenEndpoint, tokenEndpointAuthMethod }
}

/** Refuses what is not emulated: with a superficial imitation, a test could pass that would fail at AWS. */
function refuseUnemulated(custom: CustomConfig) {
  const wanted = [
    custom.privateKeyJwtConfig && 'privateKeyJwtConfig',
    custom.privateEndpoint && 'privateEndpoint',
    custom.privateEndpointOverrides?.length && 'privateEndpointOverrides',
    custom.certificateConfigurations && 'certificateConfigurations',
    custom.clientAuthenticationMethod === 'PRIVATE_KEY_JWT' && 'clientAuthenticationMethod PRIVATE_KEY_JWT',
    custom.clientAuthenticationMethod === 'AWS_IAM_ID_TOKEN_JWT' && 'clientAuthenticationMethod AWS_IAM_ID_TOKEN_JWT',
    custom.onBehalfOfTokenExchangeConfig?.tokenExchangeGrantTypeConfig?.actorTokenContent === 'AWS_IAM_ID_TOKEN_JWT' &&
      'actorTokenContent AWS_IAM_ID_TOKEN_JWT',
  ].filter(Boolean)
  if (wanted.length === 0) return
  throw new AwsError('NotEmulatedException', `agentcore-identity-emulator does not emulate ${wanted.join(', ')}`)
}

function requireUrls(urls: Record<string, string>, urlPolicy: UrlPolicy) {
  for (const [name, value] of Object.entries(urls)) {
    if (urlPolicy.allows(value)) continue
    throw ValidationException.field(
      name,
      'Must be an HTTPS URL without a user; plain HTTP is accepted on loopback and plainHttpHosts',
    )
  }
}
