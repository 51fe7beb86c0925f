import { prefixOf } from '@agent-identity/infra/names'
import {
  type CloudFormationClient,
  DescribeStacksCommand,
  paginateListStackResources,
  type Stack,
} from '@aws-sdk/client-cloudformation'

/** In the order of deployment. */
export const STACKS = ['network', 'edge', 'identity', 'session-store', 'services'] as const
export type StackName = (typeof STACKS)[number]

export interface DeployedResource {
  logicalId: string
  /** A name, an id or an ARN. Undefined while CloudFormation has none. */
  physicalId: string | undefined
  type: string
  status: string
}

export interface DeployedStack {
  /** With the stage's prefix: `agent-identity-sandbox-edge`. */
  name: string
  id: string
  status: string
  /** By logical id. */
  outputs: Readonly<Record<string, string>>
  resources: readonly DeployedResource[]
}

export type DeployedStacks = ReadonlyMap<StackName, DeployedStack>

export async function readDeployedStacks(
  client: CloudFormationClient,
  stage: { name: string },
): Promise<DeployedStacks> {
  const read = await Promise.all(
    STACKS.map(async (name) => [name, await readStack(client, `${prefixOf(stage)}-${name}`)] as const),
  )
  return new Map(read.flatMap(([name, stack]) => (stack ? [[name, stack]] : [])))
}

async function readStack(client: CloudFormationClient, name: string): Promise<DeployedStack | undefined> {
  const stack = await describe(client, name)
  if (!stack) return undefined
  const resources: DeployedResource[] = []
  for await (const page of paginateListStackResources({ client }, { StackName: name }))
    for (const { LogicalResourceId, PhysicalResourceId, ResourceType, ResourceStatus } of page.StackResourceSummaries ??
      [])
      resources.push({
        logicalId: LogicalResourceId ?? '',
        physicalId: PhysicalResourceId || undefined,
        type: ResourceType ?? '',
        status: ResourceStatus ?? '',
      })
  return {
    name,
    id: stack.StackId ?? '',
    status: stack.StackStatus ?? '',
    outputs: Object.fromEntries((stack.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue])),
    resources,
  }
}

/** CloudFormation has no error of its own for an unknown stack. */
async function describe(client: CloudFormationClient, name: string): Promise<Stack | undefined> {
  try {
    return (await client.send(new DescribeStacksCommand({ StackName: name }))).Stacks?.[0]
  } catch (error) {
    const { name: code, message } = error as Error
    if (code === 'ValidationError' && message.includes('does not exist')) return undefined
    throw error
  }
}

export function idsOf(stack: DeployedStack | undefined, type: string): string[] {
  return (stack?.resources ?? []).flatMap((resource) =>
    resource.type === type && resource.physicalId ? [resource.physicalId] : [],
  )
}

/** @param start of the output's logical id, to which the CDK may append a hash */
export function outputOf(stack: DeployedStack | undefined, start: string): string | undefined {
  return Object.entries(stack?.outputs ?? {}).find(([name]) => name.startsWith(start))?.[1]
}
