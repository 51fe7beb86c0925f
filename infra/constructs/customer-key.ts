import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import * as kms from 'aws-cdk-lib/aws-kms'
import type { Construct } from 'constructs'
import type { Deployment } from '../read-deployment.ts'

/** Kept with what it opens, or gone as soon as AWS allows: a key cannot be deleted sooner than after seven days. */
export const removalPolicyOf = ({ keepsData }: Pick<Deployment, 'keepsData'>) =>
  keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY

/** A key of our own, rotated by KMS every year. One per purpose, so that a right to one is no right to another. */
export function createCustomerKey(scope: Construct, id: string, deployment: Deployment, purpose: string): kms.Key {
  return new kms.Key(scope, id, {
    description: `${purpose} of ${deployment.name}`,
    enableKeyRotation: true,
    removalPolicy: removalPolicyOf(deployment),
    ...(deployment.keepsData ? {} : { pendingWindow: Duration.days(7) }),
  })
}
