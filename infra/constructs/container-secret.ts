import { Stack, Token } from 'aws-cdk-lib'
import * as ecs from 'aws-cdk-lib/aws-ecs'
import * as iam from 'aws-cdk-lib/aws-iam'
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager'

/**
 * A secret that ECS puts into a container's environment. It grants by identity policy only: the L2's grant also changes the key's policy, which would
 * make the key's stack depend on the reader's.
 */
export class ContainerSecret extends ecs.Secret {
  readonly arn: string
  readonly hasField: boolean
  private readonly secret: secretsmanager.ISecret

  /** @param field of a JSON secret. Default: the whole value */
  constructor(secret: secretsmanager.ISecret, field?: string) {
    super()
    this.secret = secret
    this.hasField = field !== undefined
    // ARN, field, version stage, version (ECS developer guide, secrets-envvar-secrets-manager).
    this.arn = field === undefined ? secret.secretArn : `${secret.secretArn}:${field}::`
  }

  grantRead(grantee: iam.IGrantable): iam.Grant {
    for (const statement of statementsToRead(this.secret)) grantee.grantPrincipal.addToPrincipalPolicy(statement)
    return iam.Grant.drop(grantee, 'in the statements above')
  }
}

export function statementsToRead(secret: secretsmanager.ISecret): iam.PolicyStatement[] {
  const { region } = Stack.of(secret)
  // IAM compares with the ARN that ends in Secrets Manager's six characters.
  const full = secret.secretFullArn
  const byName = `${full ?? secret.secretArn}-??????`
  // In an ARN that was given as text, a hyphen and six characters at its end may belong to the name.
  const isExact = full !== undefined && Token.isUnresolved(full)
  const arns = full === undefined ? [byName] : isExact ? [full] : [full, byName]
  const read = new iam.PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: arns })
  if (!secret.encryptionKey) return [read]
  const decrypt = new iam.PolicyStatement({
    actions: ['kms:Decrypt'],
    resources: [secret.encryptionKey.keyArn],
    // Secrets Manager user guide, security-encryption.
    conditions: {
      StringEquals: {
        'kms:ViaService': `secretsmanager.${region}.amazonaws.com`,
        ...(isExact ? { 'kms:EncryptionContext:SecretARN': full } : {}),
      },
      ...(isExact ? {} : { StringLike: { 'kms:EncryptionContext:SecretARN': full === undefined ? byName : arns } }),
    },
  })
  return [read, decrypt]
}
