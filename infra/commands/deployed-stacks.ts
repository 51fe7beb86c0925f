import {
  type CloudFormationClient,
  DescribeStacksCommand,
  paginateListStackResources,
  type Stack,
} from '@aws-sdk/client-cloudformation'
import { prefixOf } from '../names.ts'
import { DeploymentError } from '../read-deployment.ts'
import { STACKS } from './synthesize.ts'

export const stackNames = (stage: { name: string }) => STACKS.map((stack) => `${prefixOf(stage)}-${stack}`)

/**
 * @returns undefined when there is no such stack
 * @throws DeploymentError when the caller may not see it
 */
export async function describeStack(cloudFormation: CloudFormationClient, name: string): Promise<Stack | undefined> {
  try {
    const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: name }))
    return Stacks?.[0]
  } catch (error) {
    // CloudFormation has no specific error for a missing stack.
    if ((error as Error).name === 'ValidationError') return undefined
    throw told(error as Error, name)
  }
}

interface Resource {
  type: string
  /** The physical id. */
  id: string
}

const GONE = ['DELETE_COMPLETE', 'DELETE_SKIPPED']

/** @throws DeploymentError when the caller may not see them */
export async function resourcesOf(cloudFormation: CloudFormationClient, name: string): Promise<Resource[]> {
  const resources: Resource[] = []
  try {
    for await (const page of paginateListStackResources({ client: cloudFormation }, { StackName: name }))
      for (const { ResourceType: type, PhysicalResourceId: id, ResourceStatus } of page.StackResourceSummaries ?? [])
        if (type && id && !GONE.includes(ResourceStatus ?? '')) resources.push({ type, id })
  } catch (error) {
    throw told(error as Error, name)
  }
  return resources
}

function told(error: Error, stack: string): Error {
  if (!error.name.startsWith('AccessDenied')) return error
  return new DeploymentError(
    `The credentials may not see the stack ${stack}: they need cloudformation:DescribeStacks and cloudformation:ListStackResources. Nothing was done.`,
  )
}
