import type { OAuthClient } from '@agent-identity/provider-kit'
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { z } from 'zod'

const Client = z.object({ clientId: z.string().min(1), clientSecret: z.string().min(1) })

/** Read at each call: the secret may have changed. */
export async function readClient(secrets: SecretsManagerClient, secretId: string): Promise<OAuthClient> {
  const { SecretString = '' } = await secrets.send(new GetSecretValueCommand({ SecretId: secretId }))
  const client = Client.safeParse(parsed(SecretString))
  if (client.success) return client.data
  // An error of JSON.parse would quote the value, and is not passed on.
  throw new Error(`The secret ${secretId} is not {"clientId":"…","clientSecret":"…"}`)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
