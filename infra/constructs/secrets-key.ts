import type { RemovalPolicy } from 'aws-cdk-lib'
import type * as kms from 'aws-cdk-lib/aws-kms'
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import { acknowledge } from './acknowledge.ts'
import { createCustomerKey, removalPolicyOf } from './customer-key.ts'
import type { DeploymentOptions } from './options.ts'

const REASON =
  'Rotated by hand and in two steps, because replicas of two versions run at once: docs/deploy.md says how. A rotation function would need the right to read every key.'

/** A customer key, and secrets that it encrypts. */
export class SecretsKey extends Construct {
  readonly key: kms.Key
  private readonly removalPolicy: RemovalPolicy

  constructor(scope: Construct, id: string, { deployment }: { deployment: DeploymentOptions }) {
    super(scope, id)
    this.removalPolicy = removalPolicyOf(deployment)
    this.key = createCustomerKey(this, 'Key', deployment, 'Secrets')
  }

  secret(scope: Construct, id: string, props: secretsmanager.SecretProps): secretsmanager.Secret {
    const secret = new secretsmanager.Secret(scope, id, {
      encryptionKey: this.key,
      removalPolicy: this.removalPolicy,
      ...props,
    })
    acknowledge(secret, { 'AwsSolutions-SMG4': REASON })
    return secret
  }

  keyRing(scope: Construct, id: string, description: string): secretsmanager.Secret {
    return this.secret(scope, id, {
      description,
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ sealWith: 'k1' }),
        generateStringKey: 'k1',
        passwordLength: 64,
        excludePunctuation: true,
      },
    })
  }
}
