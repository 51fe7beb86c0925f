import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import * as kms from 'aws-cdk-lib/aws-kms'
import type { Construct } from 'constructs'
import type { DeploymentOptions } from './options.ts'

type Keeping = Pick<DeploymentOptions, 'keepsData'>

/** Not `RETAIN`: a resource with a fixed name would outlast a creation that is rolled back, and the next attempt would fail ("already exists"). */
export const removalPolicyOf = ({ keepsData }: Keeping) =>
  keepsData ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY

/** For buckets, which may contain objects, and the protected user pool: a rollback could not delete them. AWS generates their names. */
export const lastingRemovalPolicyOf = ({ keepsData }: Keeping) =>
  keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY

/** One key for each purpose: a permission for one key is no permission for another. */
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
