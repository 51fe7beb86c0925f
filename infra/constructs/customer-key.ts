import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import * as kms from 'aws-cdk-lib/aws-kms'
import type { Construct } from 'constructs'
import type { DeploymentOptions } from './options.ts'

type Keeping = Pick<DeploymentOptions, 'keepsData'>

/**
 * Kept, but not when its own creation is rolled back: what has a fixed name would then be in the way of the next attempt
 * ("already exists").
 */
export const removalPolicyOf = ({ keepsData }: Keeping) =>
  keepsData ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY

/**
 * For buckets, which may have something in them, and the protected user pool: a rollback could not delete them, and would
 * fail over it. AWS names them, so that one left behind is in nobody's way.
 */
export const lastingRemovalPolicyOf = ({ keepsData }: Keeping) =>
  keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY

/**
 * A key of our own, rotated by KMS every year. One per purpose, so that a right to one is no right to another. It cannot be
 * deleted sooner than after seven days.
 */
export function createCustomerKey(
  scope: Construct,
  id: string,
  deployment: DeploymentOptions,
  purpose: string,
): kms.Key {
  return new kms.Key(scope, id, {
    description: `${purpose} of ${deployment.name}`,
    enableKeyRotation: true,
    removalPolicy: removalPolicyOf(deployment),
    ...(deployment.keepsData ? {} : { pendingWindow: Duration.days(7) }),
  })
}
