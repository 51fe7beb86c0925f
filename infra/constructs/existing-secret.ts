import { ArnFormat, Stack } from 'aws-cdk-lib'
import * as kms from 'aws-cdk-lib/aws-kms'
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager'
import type { Construct } from 'constructs'
import { DeploymentError } from '../deployment-error.ts'
import { ContainerSecret } from './container-secret.ts'
import type { ExistingSecret } from './options.ts'

/** A partial ARN matches, too, if the secret's name ends in a hyphen and six characters. So `statementsToRead` allows both ARNs. */
const COMPLETE_ARN = /^arn:aws:secretsmanager:.+:secret:.+-[A-Za-z0-9]{6}$/

export function existingSecret(scope: Construct, id: string, existing: ExistingSecret): secretsmanager.ISecret {
  const { secret, encryptionKeyArn } = existing
  const isComplete = COMPLETE_ARN.test(secret)
  const arn = secret.startsWith('arn:')
    ? secret
    : Stack.of(scope).formatArn({
        service: 'secretsmanager',
        resource: 'secret',
        resourceName: secret,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      })
  return secretsmanager.Secret.fromSecretAttributes(scope, id, {
    ...(isComplete ? { secretCompleteArn: arn } : { secretPartialArn: arn }),
    ...(encryptionKeyArn && { encryptionKey: kms.Key.fromKeyArn(scope, `${id}Key`, encryptionKeyArn) }),
  })
}

/**
 * ECS takes ARNs only. In a partial ARN whose name ends in a hyphen and six characters, Secrets Manager takes these for its own suffix and finds no
 * secret (user guide, troubleshooting, ARN_secretnamehyphen): no task would start.
 *
 * @throws DeploymentError
 */
export function existingContainerSecret(scope: Construct, id: string, existing: ExistingSecret): ContainerSecret {
  const { secret, field } = existing
  if (!secret.startsWith('arn:') && /-[A-Za-z0-9]{6}$/.test(secret))
    throw new DeploymentError(
      `The name of the secret "${secret}" ends like an ARN, in a hyphen and six letters or digits, so ECS would not find it: give the secret's complete ARN.`,
    )
  return new ContainerSecret(existingSecret(scope, id, existing), field)
}
