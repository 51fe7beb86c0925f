import { Duration } from 'aws-cdk-lib'
import * as s3 from 'aws-cdk-lib/aws-s3'
import { Construct } from 'constructs'
import type { Deployment } from '../read-deployment.ts'
import { acknowledge } from './acknowledge.ts'
import { lastingRemovalPolicyOf } from './customer-key.ts'

/**
 * Where the load balancer writes one line per request, query string included: among them the `code` of a sign-in and the
 * `session_id` of a return. Both are spent within seconds and worth nothing without the browser's cookies; still, reading
 * this bucket is for incident response only.
 */
export class AccessLogBucket extends Construct {
  readonly bucket: s3.Bucket

  constructor(scope: Construct, id: string, { deployment }: { deployment: Deployment }) {
    super(scope, id)
    this.bucket = new s3.Bucket(this, 'Bucket', {
      // The only encryption that load balancers can deliver to (ELB user guide, enable-access-logging).
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
      'AwsSolutions-S1':
        'This is the bucket that access logs are delivered to; logging its own deliveries would never end.',
    })
  }
}
