import { randomUUID } from 'node:crypto'
import { AwsError } from '../aws-protocol/errors.ts'
import type { oauth2ProviderConfigInput } from '../model/provider-configuration.ts'
import type { Infer } from '../model/shapes.ts'
import { providerSecret } from '../oauth/provider-secret.ts'
import { providerServer } from '../oauth/provider-server.ts'
import { externalSecretArn, managedSecretArn, type SecretContext } from '../oauth/secret-arn.ts'
import type { AuthorizationServer, TokenEndpointAuthMethod, Vendor } from '../oauth/vendors.ts'
import type { UrlPolicy } from '../url-policy.ts'

export type Oauth2ProviderConfigInput = Infer<typeof oauth2ProviderConfigInput>
export type CustomConfig = Extract<
  Oauth2ProviderConfigInput,
  { customOauth2ProviderConfig: object }
>['customOauth2ProviderConfig']
export type ClientSecretReference = { source: 'EXTERNAL'; secretId: string; jsonKey: string }

/** A credential provider: one OAuth client at one authorization server. */
export type Oauth2Provider = {
  /** Tells a recreated provider from its namesake: vaulted tokens of the deleted one must not come back. */
  instanceId: string
  name: string
  arn: string
  vendor: Vendor
  callbackId: string
  clientId: string
  clientSecret: string | ClientSecretReference
  secretArn: string
  /** Metadata given inline or known for the vendor; where to discover it; or the emulator's own authorization server. */
  server:
    | AuthorizationServer
    | { discoveryUrl: string; tokenEndpointAuthMethod?: TokenEndpointAuthMethod }
    | { builtIn: true }
  custom: CustomConfig | undefined
  createdTime: number
  lastUpdatedTime: number
}

type ProviderInput = {
  name: string
  credentialProviderVendor: Vendor
  oauth2ProviderConfigInput: Oauth2ProviderConfigInput
}

export function newOauth2Provider(
  { name, credentialProviderVendor: vendor, oauth2ProviderConfigInput: input }: ProviderInput,
  context: SecretContext & { urlPolicy: UrlPolicy; now: number; callbackId?: string },
): Oauth2Provider {
  const server = providerServer(vendor, input, context.urlPolicy)
  const config = Object.values(input)[0] as CustomConfig
  const clientSecret = providerSecret(
    { value: 'clientSecret', config: 'clientSecretConfig' },
    { value: config.clientSecret, config: config.clientSecretConfig, source: config.clientSecretSource },
  )
  return {
    instanceId: randomUUID(),
    name,
    arn: context.arns.oauth2Provider(name),
    vendor,
    callbackId: context.callbackId ?? randomUUID(),
    clientId: config.clientId ?? '',
    clientSecret,
    secretArn:
      typeof clientSecret === 'string'
        ? managedSecretArn(context, { kind: 'oauth2', name })
        : externalSecretArn(context, clientSecret),
    server,
    custom: input.customOauth2ProviderConfig,
    createdTime: context.now,
    lastUpdatedTime: context.now,
  }
}

/** The same provider with another configuration: callback URL, secret ARN and its users' tokens stay. */
export function updateOauth2Provider(
  provider: Oauth2Provider,
  input: ProviderInput,
  context: SecretContext & { urlPolicy: UrlPolicy; now: number },
): Oauth2Provider {
  const { instanceId, callbackId, createdTime } = provider
  const updated = newOauth2Provider(input, { ...context, callbackId })
  const stillManaged = typeof provider.clientSecret === 'string' && typeof updated.clientSecret === 'string'
  return { ...updated, instanceId, createdTime, secretArn: stillManaged ? provider.secretArn : updated.secretArn }
}

export const configuredSource = (input: Oauth2ProviderConfigInput) =>
  (Object.values(input)[0] as CustomConfig | undefined)?.clientSecretSource

export function requireOauth2Provider(name: string, providers: ReadonlyMap<string, Oauth2Provider>) {
  const provider = providers.get(name)
  if (provider) return provider
  throw new AwsError('ResourceNotFoundException', 'CredentialProvider not found')
}

/** The URL to register at the authorization server: one per provider, so that no other provider can redeem its codes. */
export const callbackUrl = ({ callbackId }: Oauth2Provider, publicUrl: string) =>
  `${publicUrl}/identities/oauth2/callback/${callbackId}`
