import { PROVIDERS } from '@agent-identity/providers'
import {
  paginateListApiKeyCredentialProviders,
  paginateListOauth2CredentialProviders,
} from '@aws-sdk/client-bedrock-agentcore-control'
import { paginateGetResources } from '@aws-sdk/client-resource-groups-tagging-api'
import type { DeployedStack } from '../../target/deployed-stacks.ts'
import { byHand, type Check } from '../finding.ts'
import type { Stage } from '../stage.ts'

/**
 * AWS lists tasks, network interfaces and keys after their end, and gives a service's tags to its tasks. CloudFront and IAM are of no Region: the same
 * stage in another Region may use theirs. The ARN of a scalable target has no id of the stack. AgentCore deletes its secrets itself.
 */
const NOT_JUDGED =
  /^arn:[^:]+:(cloudfront|iam):|:(task|task-definition|network-interface|key|scalable-target)\/|:secret:bedrock-agentcore-identity!/

/** A person decides, as it may hold data: AWS also lists for a while what is deleted. */
export const leftovers: Check<Stage> = {
  name: 'leftovers',
  async run(stage) {
    const stacks = [...(await stage.stacks()).values()]
    const found = new Set([...(await taggedOnes(stage, stacks)), ...(await providersOf(stage))])
    const isInStack = ownedBy(stacks)
    return [...found]
      .filter((arn) => !NOT_JUDGED.test(arn) && !isInStack(arn))
      .map((arn) =>
        byHand(`Look at ${arn}: it has our tags or one of our names, and is in no stack of this stage (any more).`),
      )
  },
}

/** CloudFormation gives its own tags to some types only: the ids that it lists are the proof for all of them. */
function ownedBy(stacks: readonly DeployedStack[]): (arn: string) => boolean {
  const resources = stacks.flatMap((stack) => stack.resources)
  const ids = resources.flatMap(({ physicalId }) => (physicalId ? [physicalId.toLowerCase()] : []))
  const ends = ids.flatMap((id) => [`:${id}`, `/${id}`])
  const nodes = resources
    .filter(({ type }) => type === 'AWS::ElastiCache::ReplicationGroup')
    .map(({ physicalId }) => `:cluster:${physicalId?.toLowerCase()}-`)
  return (name) => {
    const arn = name.toLowerCase()
    return ids.includes(arn) || ends.some((end) => arn.endsWith(end)) || nodes.some((node) => arn.includes(node))
  }
}

/** Without those that CloudFormation itself says are in one of the stacks. */
async function taggedOnes({ aws, deployment }: Stage, stacks: readonly DeployedStack[]): Promise<string[]> {
  const TagFilters = [
    { Key: 'project', Values: ['agentcore-identity-on-ecs'] },
    { Key: 'stage', Values: [deployment.name] },
  ]
  const found: string[] = []
  for await (const { ResourceTagMappingList = [] } of paginateGetResources({ client: aws.tagging }, { TagFilters }))
    for (const { ResourceARN = '', Tags = [] } of ResourceTagMappingList) {
      const stack = Tags.find(({ Key }) => Key === 'aws:cloudformation:stack-id')?.Value
      if (!stacks.some(({ id }) => id === stack)) found.push(ResourceARN)
    }
  return found
}

async function providersOf({ aws, prefix }: Stage): Promise<string[]> {
  const client = aws.agentcore
  // Whole names: the prefix of another stage may begin with the prefix of this one.
  const names = [...PROVIDERS.keys()].map((provider) => `${prefix}-${provider}`)
  const found: string[] = []
  for (const list of [paginateListOauth2CredentialProviders, paginateListApiKeyCredentialProviders])
    for await (const { credentialProviders = [] } of list({ client }, {}))
      for (const { name = '', credentialProviderArn = '' } of credentialProviders)
        if (names.includes(name)) found.push(credentialProviderArn)
  return found
}
