import { AwsError } from '../aws-protocol/errors.ts'
import type { ClientSecretReference } from '../state/oauth2-provider-record.ts'

export function createSecrets(secrets: Readonly<Record<string, Readonly<Record<string, string>>>>) {
  return {
    read(secret: string | ClientSecretReference): string {
      if (typeof secret === 'string') return secret
      const values = Object.hasOwn(secrets, secret.secretId) ? secrets[secret.secretId] : undefined
      if (values === undefined) {
        throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.")
      }
      const value = Object.hasOwn(values, secret.jsonKey) ? values[secret.jsonKey] : undefined
      if (value === undefined) {
        throw new AwsError('ResourceNotFoundException', 'The secret does not have the specified JSON key.')
      }
      return value
    },
  }
}

export type Secrets = ReturnType<typeof createSecrets>
