import { randomUUID } from 'node:crypto'
import { AwsError } from '../aws-protocol/errors.ts'
import { providerSecret } from '../oauth/provider-secret.ts'
import { providerServer } from '../oauth/provider-server.ts'
import { externalSecretArn, managedSecretArn, type SecretContext } from '../oauth/secret-arn.ts'
import type { Vendor } from '../oauth/vendors.ts'
import type { UrlPolicy } from '../url-policy.ts'
import type { CustomConfig, Oauth2Provider, Oauth2ProviderConfigInput } from './oauth2-provider-record.ts'

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

/** Keeps the instance id, and with it the users' tokens. */
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

/** Each provider has its own callback URL, against mix-up attacks (RFC 9700 §4.4). */
export const callbackUrl = ({ callbackId }: Oauth2Provider, publicUrl: string) =>
  `${publicUrl}/identities/oauth2/callback/${callbackId}`
