import { Stack } from 'aws-cdk-lib'
import * as iam from 'aws-cdk-lib/aws-iam'
import type * as kms from 'aws-cdk-lib/aws-kms'
import * as logs from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import { createCustomerKey, removalPolicyOf } from './customer-key.ts'
import type { DeploymentOptions } from './options.ts'

/** A customer key, and log groups that it encrypts, with a retention time. */
export class LogsKey extends Construct {
  readonly key: kms.Key

  constructor(scope: Construct, id: string, { deployment }: { deployment: DeploymentOptions }) {
    super(scope, id)
    const { account, region } = Stack.of(this)
    this.key = createCustomerKey(this, 'Key', deployment, 'Log groups')
    // The encryption context ties each use to a log group of this account (CloudWatch Logs user guide, encrypt-log-data-kms).
    this.key.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal(`logs.${region}.amazonaws.com`)],
        actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
        resources: ['*'],
        conditions: {
          ArnLike: { 'kms:EncryptionContext:aws:logs:arn': `arn:aws:logs:${region}:${account}:log-group:*` },
        },
      }),
    )
  }

  logGroup(scope: Construct, id: string, deployment: DeploymentOptions, logGroupName?: string): logs.LogGroup {
    return new logs.LogGroup(scope, id, {
      ...(logGroupName === undefined ? {} : { logGroupName }),
      encryptionKey: this.key,
      retention: deployment.logRetentionDays,
      removalPolicy: removalPolicyOf(deployment),
    })
  }
}
