import { DescribeKeyCommand } from '@aws-sdk/client-kms'
import { DescribeSecretCommand, type DescribeSecretResponse } from '@aws-sdk/client-secrets-manager'
import { isNotFound } from '../describe-failure.ts'
import { byHand, type Check, type Finding, wrong } from '../finding.ts'
import type { Stage } from '../stage.ts'

/** A function reads the OAuth client of its provider whenever it ends an access token, and not only when it is deployed. */
export const revocationSecrets: Check<Stage> = {
  name: 'secrets of the functions that end access tokens',
  async run(stage) {
    const clients = stage.deployment.providers.filter(({ provider }) => provider.revocation?.by === 'client')
    return (await Promise.all(clients.map((client) => stateOf(client, stage)))).flat()
  },
}

type Client = Stage['deployment']['providers'][number]

async function stateOf({ provider, secret = '', secretKeyArn }: Client, { aws }: Stage): Promise<Finding[]> {
  const found = await read(aws, secret)
  if (!found || found.DeletedDate)
    return [
      wrong(
        `The secret ${secret} with the OAuth client of ${provider.id} does not exist.`,
        'Store {"clientId":"…","clientSecret":"…"} again.',
      ),
    ]
  if (!found.KmsKeyId) return []
  // The secret may name its key by id or alias.
  const { KeyMetadata: key } = await aws.kms.send(new DescribeKeyCommand({ KeyId: found.KmsKeyId }))
  if (key?.KeyManager === 'AWS' || key?.Arn === secretKeyArn) return []
  return [
    // The key's own policy may permit it: doctor does not judge that.
    byHand(
      `The function that ends access tokens of ${provider.id} needs the right to use ${key?.Arn}, the key of its secret: give -c …SecretKeyArn=… and deploy.`,
    ),
  ]
}

async function read(aws: Stage['aws'], SecretId: string): Promise<DescribeSecretResponse | undefined> {
  try {
    return await aws.secretsManager.send(new DescribeSecretCommand({ SecretId }))
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
