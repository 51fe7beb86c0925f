import { ArnFormat, Stack } from 'aws-cdk-lib'
import * as kms from 'aws-cdk-lib/aws-kms'
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager'
import type { Construct } from 'constructs'
import { ContainerSecret } from './container-secret.ts'
import type { ExistingSecret } from './options.ts'

/** Secrets Manager appends six characters to a name. A name may also end in six such characters and is still no ARN. */
const COMPLETE_ARN = /^arn:aws:secretsmanager:.+:secret:.+-[A-Za-z0-9]{6}$/

/** For a container, from an existing secret. Nothing is looked up. */
export function existingContainerSecret(scope: Construct, id: string, existing: ExistingSecret): ContainerSecret {
  const { secret, field, encryptionKeyArn } = existing
  const isComplete = COMPLETE_ARN.test(secret)
  const arn = secret.startsWith('arn:')
    ? secret
    : Stack.of(scope).formatArn({
        service: 'secretsmanager',
        resource: 'secret',
        resourceName: secret,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      })
  return new ContainerSecret(
    secretsmanager.Secret.fromSecretAttributes(scope, id, {
      ...(isComplete ? { secretCompleteArn: arn } : { secretPartialArn: arn }),
      ...(encryptionKeyArn && { encryptionKey: kms.Key.fromKeyArn(scope, `${id}Key`, encryptionKeyArn) }),
    }),
    field,
  )
}
