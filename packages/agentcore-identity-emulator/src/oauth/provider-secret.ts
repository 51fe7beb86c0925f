import { ValidationException } from '../aws-protocol/errors.ts'
import type { ClientSecretReference } from '../state/oauth2-provider-record.ts'

type SecretInput = {
  value: string | undefined
  config: { secretId: string; jsonKey: string } | undefined
  source: 'MANAGED' | 'EXTERNAL' | undefined
}

export function providerSecret(
  names: { value: string; config: string },
  input: SecretInput,
): string | ClientSecretReference {
  if (input.source === 'EXTERNAL') {
    if (input.config === undefined)
      throw ValidationException.field(names.config, 'Required when the source is EXTERNAL')
    if (input.value) throw ValidationException.field(names.value, 'Not allowed when the source is EXTERNAL')
    return { source: 'EXTERNAL', ...input.config }
  }
  if (input.config !== undefined)
    throw ValidationException.field(names.config, 'Not allowed unless the source is EXTERNAL')
  if (input.value === undefined) throw ValidationException.field(names.value, 'Required when the source is MANAGED')
  return input.value
}

export function describeSecret(
  prefix: 'clientSecret' | 'apiKeySecret',
  secret: string | ClientSecretReference,
  arn: string,
) {
  const external = typeof secret === 'string' ? undefined : secret
  return {
    [`${prefix}Arn`]: { secretArn: arn },
    [`${prefix}Source`]: external ? 'EXTERNAL' : 'MANAGED',
    [`${prefix}JsonKey`]: external?.jsonKey ?? null,
  }
}
