import { AwsError } from '../aws-protocol/errors.ts'
import { epochSeconds } from '../aws-protocol/timestamps.ts'
import type { UpdateApiKeyCredentialProviderRequest } from '../model/control-plane.ts'
import type { Infer } from '../model/shapes.ts'
import { describeSecret, providerSecret } from '../oauth/provider-secret.ts'
import { externalSecretArn, managedSecretArn, type SecretContext } from '../oauth/secret-arn.ts'
import type { ClientSecretReference } from './oauth2-provider-record.ts'

export type ApiKeyProvider = {
  name: string
  arn: string
  apiKey: string | ClientSecretReference
  secretArn: string
  createdTime: number
  lastUpdatedTime: number
}

export function newApiKeyProvider(
  input: Infer<typeof UpdateApiKeyCredentialProviderRequest>,
  context: SecretContext & { now: number },
): ApiKeyProvider {
  const apiKey = providerSecret(
    { value: 'apiKey', config: 'apiKeySecretConfig' },
    { value: input.apiKey, config: input.apiKeySecretConfig, source: input.apiKeySecretSource },
  )
  return {
    name: input.name,
    arn: context.arns.apiKeyProvider(input.name),
    apiKey,
    secretArn:
      typeof apiKey === 'string'
        ? managedSecretArn(context, { kind: 'apikey', name: input.name })
        : externalSecretArn(context, apiKey),
    createdTime: context.now,
    lastUpdatedTime: context.now,
  }
}

export function updateApiKeyProvider(
  provider: ApiKeyProvider,
  input: Infer<typeof UpdateApiKeyCredentialProviderRequest>,
  context: SecretContext & { now: number },
): ApiKeyProvider {
  const updated = newApiKeyProvider(input, context)
  const stillManaged = typeof provider.apiKey === 'string' && typeof updated.apiKey === 'string'
  const arn = stillManaged ? provider.secretArn : updated.secretArn
  return { ...updated, createdTime: provider.createdTime, secretArn: arn }
}

export function requireApiKeyProvider(name: string, providers: ReadonlyMap<string, ApiKeyProvider>) {
  const provider = providers.get(name)
  if (provider) return provider
  throw new AwsError('ResourceNotFoundException', `ApiKeyCredentialProvider not found for ${name}`)
}

export function describeApiKeyProvider(provider: ApiKeyProvider) {
  return {
    ...describeSecret('apiKeySecret', provider.apiKey, provider.secretArn),
    name: provider.name,
    credentialProviderArn: provider.arn,
    createdTime: epochSeconds(provider.createdTime),
    lastUpdatedTime: epochSeconds(provider.lastUpdatedTime),
  }
}
