import {
  CloudFormationClient,
  DescribeStacksCommand,
  ListStackResourcesCommand,
  UpdateTerminationProtectionCommand,
} from '@aws-sdk/client-cloudformation'
import {
  ElasticLoadBalancingV2Client,
  ModifyLoadBalancerAttributesCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { prefixOf } from '../names.ts'
import type { Deployment } from '../read-deployment.ts'
import { STACKS } from './synthesize.ts'

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
  for (const name of STACKS.map((stack) => `${prefixOf(deployment)}-${stack}`)) {
    const stack = await describe(cloudFormation, name)
    if (!stack?.EnableTerminationProtection || !NEVER_CREATED.includes(stack.StackStatus ?? '')) continue
    await unlockLoadBalancers(cloudFormation, deployment.region, name)
    await cloudFormation.send(
      new UpdateTerminationProtectionCommand({ StackName: name, EnableTerminationProtection: false }),
    )
    unlocked.push(name)
  }
  return unlocked
}

async function describe(cloudFormation: CloudFormationClient, name: string) {
  try {
    const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: name }))
    return Stacks?.[0]
  } catch (error) {
    // CloudFormation has no specific error for a missing stack.
    const { name: code } = error as Error
    if (code === 'ValidationError' || code.startsWith('AccessDenied')) return undefined
    throw error
  }
}

/** A rollback cannot delete a load balancer with deletion protection. */
async function unlockLoadBalancers(cloudFormation: CloudFormationClient, region: string, name: string): Promise<void> {
  const { StackResourceSummaries = [] } = await cloudFormation.send(new ListStackResourcesCommand({ StackName: name }))
  const left = StackResourceSummaries.filter(
    ({ ResourceType, ResourceStatus, PhysicalResourceId }) =>
      ResourceType === 'AWS::ElasticLoadBalancingV2::LoadBalancer' &&
      ResourceStatus !== 'DELETE_COMPLETE' &&
      PhysicalResourceId,
  )
  for (const { PhysicalResourceId } of left)
    await new ElasticLoadBalancingV2Client({ region }).send(
      new ModifyLoadBalancerAttributesCommand({
        LoadBalancerArn: PhysicalResourceId,
        Attributes: [{ Key: 'deletion_protection.enabled', Value: 'false' }],
      }),
    )
}
