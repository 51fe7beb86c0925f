import { Stack } from 'aws-cdk-lib'
import * as ecs from 'aws-cdk-lib/aws-ecs'
import * as iam from 'aws-cdk-lib/aws-iam'
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager'

/**
 * A secret that ECS puts into a container's environment. Grants by identity policy only: the L2's grant also writes the
 * reader into the key's policy, which would make the key's stack depend on the reader's.
 */
export class ContainerSecret extends ecs.Secret {
  readonly arn: string
  readonly hasField = false
  private readonly secret: secretsmanager.ISecret

  constructor(secret: secretsmanager.ISecret) {
    super()
    this.secret = secret
    this.arn = secret.secretArn
  }

  grantRead(grantee: iam.IGrantable): iam.Grant {
    const { secret } = this
    const { region } = Stack.of(secret)
    grantee.grantPrincipal.addToPrincipalPolicy(
      new iam.PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [secret.secretArn] }),
    )
    if (secret.encryptionKey)
      grantee.grantPrincipal.addToPrincipalPolicy(
        new iam.PolicyStatement({
          actions: ['kms:Decrypt'],
          resources: [secret.encryptionKey.keyArn],
          // Through Secrets Manager, and for this secret only (Secrets Manager user guide, security-encryption).
          conditions: {
            StringEquals: {
              'kms:ViaService': `secretsmanager.${region}.amazonaws.com`,
              'kms:EncryptionContext:SecretARN': secret.secretArn,
            },
          },
        }),
      )
    return iam.Grant.drop(grantee, 'Granted above')
  }
}
