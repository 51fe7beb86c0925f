import { CloudFormationClient, UpdateTerminationProtectionCommand } from '@aws-sdk/client-cloudformation'
import {
  ElasticLoadBalancingV2Client,
  ModifyLoadBalancerAttributesCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import type { Deployment } from '../read-deployment.ts'
import { describeStack, resourcesOf, stackNames } from './deployed-stacks.ts'

/** CloudFormation can only delete such a stack. */
const NEVER_CREATED = ['ROLLBACK_COMPLETE', 'ROLLBACK_FAILED']

/**
 * The CDK must delete a stack whose creation failed, and termination protection would prevent that. Stacks that were created once stay protected.
 *
 * @returns the names of the stacks whose protection it has lifted
 */
export async function unlockFailedStacks(deployment: Deployment): Promise<string[]> {
  const cloudFormation = new CloudFormationClient({ region: deployment.region })
  const unlocked: string[] = []
  for (const name of stackNames(deployment)) {
    const stack = await describeStack(cloudFormation, name)
    if (!stack?.EnableTerminationProtection || !NEVER_CREATED.includes(stack.StackStatus ?? '')) continue
    await unlockLoadBalancers(cloudFormation, deployment.region, name)
    await cloudFormation.send(
      new UpdateTerminationProtectionCommand({ StackName: name, EnableTerminationProtection: false }),
    )
    unlocked.push(name)
  }
  return unlocked
}

/** A rollback cannot delete a load balancer with deletion protection. */
async function unlockLoadBalancers(cloudFormation: CloudFormationClient, region: string, name: string): Promise<void> {
  const resources = await resourcesOf(cloudFormation, name)
  for (const { type, id } of resources)
    if (type === 'AWS::ElasticLoadBalancingV2::LoadBalancer')
      await new ElasticLoadBalancingV2Client({ region }).send(
        new ModifyLoadBalancerAttributesCommand({
          LoadBalancerArn: id,
          Attributes: [{ Key: 'deletion_protection.enabled', Value: 'false' }],
        }),
      )
}
