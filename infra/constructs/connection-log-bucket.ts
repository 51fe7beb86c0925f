import { Duration } from 'aws-cdk-lib'
import * as s3 from 'aws-cdk-lib/aws-s3'
import { Construct } from 'constructs'
import { acknowledge } from './acknowledge.ts'
import { lastingRemovalPolicyOf } from './customer-key.ts'
import type { DeploymentOptions } from './options.ts'

/** Connection logs have the client's address and TLS parameters, but no path, query or header. */
export class ConnectionLogBucket extends Construct {
  readonly bucket: s3.Bucket

  constructor(scope: Construct, id: string, { deployment }: { deployment: DeploymentOptions }) {
    super(scope, id)
    this.bucket = new s3.Bucket(this, 'Bucket', {
      // The only encryption that load balancers can deliver to (ELB user guide, enable-connection-logging).
      encryption: s3.BucketEncryption.S3_MANAGED,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      lifecycleRules: [
        {
          expiration: Duration.days(deployment.logRetentionDays),
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
      ],
      removalPolicy: lastingRemovalPolicyOf(deployment),
      autoDeleteObjects: !deployment.keepsData,
    })
    acknowledge(this.bucket, {
      'AwsSolutions-S1': 'This is a bucket that logs are delivered to; logging its own deliveries would never end.',
    })
  }
}
