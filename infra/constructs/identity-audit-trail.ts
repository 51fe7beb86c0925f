import { Duration, Stack } from 'aws-cdk-lib'
import * as cloudtrail from 'aws-cdk-lib/aws-cloudtrail'
import * as iam from 'aws-cdk-lib/aws-iam'
import type * as kms from 'aws-cdk-lib/aws-kms'
import * as s3 from 'aws-cdk-lib/aws-s3'
import { Construct } from 'constructs'
import { prefixOf } from '../names.ts'
import { acknowledge } from './acknowledge.ts'
import { createCustomerKey, lastingRemovalPolicyOf } from './customer-key.ts'
import type { DeploymentOptions } from './options.ts'

/** Resource types of data events (CloudTrail user guide, logging-data-events). */
const RECORDED_TYPES = [
  'AWS::BedrockAgentCore::WorkloadIdentity',
  'AWS::BedrockAgentCore::WorkloadIdentityDirectory',
  'AWS::BedrockAgentCore::TokenVault',
  'AWS::BedrockAgentCore::OAuth2CredentialProvider',
  'AWS::BedrockAgentCore::APIKeyCredentialProvider',
]

/**
 * On live accounts (July and August 2026), AgentCore Identity's calls were management events. A trail cannot select these by their source: it can
 * only leave out two unrelated sources (API reference, AdvancedFieldSelector).
 */
const MANAGEMENT: cloudtrail.CfnTrail.AdvancedEventSelectorProperty = {
  name: 'Management',
  fieldSelectors: [
    { field: 'eventCategory', equalTo: ['Management'] },
    { field: 'eventSource', notEquals: ['kms.amazonaws.com', 'rdsdata.amazonaws.com'] },
  ],
}

/** AWS's half of the audit: which role called AgentCore Identity, when and from where. The user is in the services' own audit trail. */
export class IdentityAuditTrail extends Construct {
  constructor(scope: Construct, id: string, { deployment }: { deployment: DeploymentOptions }) {
    super(scope, id)
    const { account, region } = Stack.of(this)
    const trailName = `${prefixOf(deployment)}-agentcore-identity`
    const trailArn = `arn:aws:cloudtrail:${region}:${account}:trail/${trailName}`
    const key = createKey(this, trailArn, deployment)
    const bucket = createBucket(this, trailArn, deployment)

    const trail = new cloudtrail.CfnTrail(this, 'Trail', {
      trailName,
      s3BucketName: bucket.bucketName,
      kmsKeyId: key.keyArn,
      isLogging: true,
      enableLogFileValidation: true,
      isMultiRegionTrail: false,
      includeGlobalServiceEvents: false,
      advancedEventSelectors: [
        MANAGEMENT,
        ...RECORDED_TYPES.map((type) => ({
          name: type.slice(type.lastIndexOf(':') + 1),
          fieldSelectors: [
            { field: 'eventCategory', equalTo: ['Data'] },
            { field: 'resources.type', equalTo: [type] },
          ],
        })),
      ],
    })
    trail.node.addDependency(bucket.policy ?? bucket)
  }
}

const cloudTrail = new iam.ServicePrincipal('cloudtrail.amazonaws.com')

/** CloudTrail user guide, create-kms-key-policy-for-cloudtrail. */
function createKey(scope: Construct, trailArn: string, deployment: DeploymentOptions): kms.Key {
  const key = createCustomerKey(scope, 'Key', deployment, 'Audit trail')
  key.addToResourcePolicy(
    new iam.PolicyStatement({
      principals: [cloudTrail],
      actions: ['kms:GenerateDataKey*', 'kms:DescribeKey'],
      resources: ['*'],
      conditions: { StringEquals: { 'aws:SourceArn': trailArn } },
    }),
  )
  return key
}

/** CloudTrail user guide, create-s3-bucket-policy-for-cloudtrail. */
function createBucket(scope: Construct, trailArn: string, deployment: DeploymentOptions): s3.Bucket {
  const { account } = Stack.of(scope)
  const bucket = new s3.Bucket(scope, 'Bucket', {
    encryption: s3.BucketEncryption.S3_MANAGED,
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    versioned: true,
    lifecycleRules: [
      {
        expiration: Duration.days(deployment.logRetentionDays),
        noncurrentVersionExpiration: Duration.days(30),
        abortIncompleteMultipartUploadAfter: Duration.days(1),
      },
    ],
    removalPolicy: lastingRemovalPolicyOf(deployment),
    autoDeleteObjects: !deployment.keepsData,
  })
  const conditions = { StringEquals: { 'aws:SourceArn': trailArn } }
  bucket.addToResourcePolicy(
    new iam.PolicyStatement({
      principals: [cloudTrail],
      actions: ['s3:GetBucketAcl'],
      resources: [bucket.bucketArn],
      conditions,
    }),
  )
  bucket.addToResourcePolicy(
    new iam.PolicyStatement({
      principals: [cloudTrail],
      actions: ['s3:PutObject'],
      resources: [bucket.arnForObjects(`AWSLogs/${account}/*`)],
      conditions: { StringEquals: { ...conditions.StringEquals, 's3:x-amz-acl': 'bucket-owner-full-control' } },
    }),
  )
  acknowledge(bucket, {
    'AwsSolutions-S1': 'Written by CloudTrail only, whose digest files list every log file that it delivered.',
  })
  return bucket
}
