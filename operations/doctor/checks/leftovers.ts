import { PROVIDERS } from '@agent-identity/providers'
import {
  paginateListApiKeyCredentialProviders,
  paginateListOauth2CredentialProviders,
  paginateListWorkloadIdentities,
} from '@aws-sdk/client-bedrock-agentcore-control'
import { paginateGetResources, type ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api'
import { paginateListSecrets } from '@aws-sdk/client-secrets-manager'
import { describeFailure } from '../describe-failure.ts'
import { type Check, type Finding, notChecked, wrong } from '../finding.ts'
import type { Stage } from '../stage.ts'
import { OWNER } from './managed-secrets.ts'

const STACK_ID = 'aws:cloudformation:stack-id'

/** ECS gives a service's tags to its tasks. AWS may keep all of these for a while after their stack is deleted. */
const NOT_OURS_TO_DELETE = /:(task|task-definition|network-interface|key)\//

export const leftovers: Check<Stage> = {
  name: 'leftovers',
  async run(stage) {
    const parts = [taggedOnes(stage), distributionsLeft(stage), namedOnes(stage)]
    // One part must not hide what another finds: without services, the names in use are not known.
    const each = parts.map((part) => part.catch((error: unknown) => [notChecked(describeFailure(error))]))
    return (await Promise.all(each)).flat()
  },
}

async function taggedOnes(stage: Stage): Promise<Finding[]> {
  const { deployment } = stage
  const left = await withoutStack(stage, stage.aws.tagging)
  return left.filter(({ stack }) => !stack || regionOf(stack) === deployment.region).map(reportTagged)
}

/** AWS lists distributions in us-east-1, whichever Region their stack is in. Doctor reads the stacks of this Region only. */
async function distributionsLeft(stage: Stage): Promise<Finding[]> {
  const { aws, deployment } = stage
  if (deployment.region === 'us-east-1' || deployment.entrance.kind !== 'cloudfront') return []
  const left = await withoutStack(stage, aws.taggingOfCloudFront, ['cloudfront'])
  return left.filter(({ stack }) => stack && regionOf(stack) === deployment.region).map(reportTagged)
}

interface Tagged {
  arn: string
  stack: string | undefined
}

async function withoutStack(
  { deployment, stacks }: Stage,
  client: ResourceGroupsTaggingAPIClient,
  ResourceTypeFilters?: string[],
): Promise<Tagged[]> {
  const ids = new Set([...(await stacks()).values()].map(({ id }) => id))
  const TagFilters = [
    { Key: 'project', Values: ['agentcore-identity-on-ecs'] },
    { Key: 'stage', Values: [deployment.name] },
  ]
  const found: Tagged[] = []
  for await (const { ResourceTagMappingList = [] } of paginateGetResources(
    { client },
    { TagFilters, ResourceTypeFilters },
  ))
    for (const { ResourceARN: arn = '', Tags = [] } of ResourceTagMappingList)
      found.push({ arn, stack: Tags.find(({ Key }) => Key === STACK_ID)?.Value })
  return found.filter(({ arn, stack }) => !NOT_OURS_TO_DELETE.test(arn) && !(stack && ids.has(stack)))
}

const reportTagged = ({ arn }: Tagged) =>
  wrong(`${arn} has our tags and belongs to no stack.`, 'Delete it if nothing else uses it.')

const regionOf = (stackId: string) => stackId.split(':')[3]

async function namedOnes(stage: Stage): Promise<Finding[]> {
  const { aws, prefix } = stage
  const { workloadName, credentialProviders } = await stage.configuration()
  const inUse = new Set([workloadName, ...credentialProviders.values()])
  const isLeft = (name: string | undefined): name is string =>
    name !== undefined && !inUse.has(name) && isProviderOf(prefix, name)

  const client = aws.agentcore
  const identities: (string | undefined)[] = []
  for await (const page of paginateListWorkloadIdentities({ client }, {}))
    identities.push(...(page.workloadIdentities ?? []).map(({ name }) => name))
  const providers: (string | undefined)[] = []
  for await (const page of paginateListOauth2CredentialProviders({ client }, {}))
    providers.push(...(page.credentialProviders ?? []).map(({ name }) => name))
  const keys: (string | undefined)[] = []
  for await (const page of paginateListApiKeyCredentialProviders({ client }, {}))
    keys.push(...(page.credentialProviders ?? []).map(({ name }) => name))

  return [
    ...(identities.includes(prefix) && !inUse.has(prefix)
      ? [unused(`workload identity ${prefix}`, `delete-workload-identity --name ${prefix}`)]
      : []),
    ...providers
      .filter(isLeft)
      .map((name) => unused(`credential provider ${name}`, `delete-oauth2-credential-provider --name ${name}`)),
    ...keys
      .filter(isLeft)
      .map((name) => unused(`API key ${name}`, `delete-api-key-credential-provider --name ${name}`)),
    ...(await secretsLeft(stage, 'oauth2', new Set(providers))),
    ...(await secretsLeft(stage, 'apikey', new Set(keys))),
  ]
}

/** Compares the whole name: the prefix of another stage may begin with the prefix of this one. */
const isProviderOf = (prefix: string, name: string): boolean =>
  [...PROVIDERS.keys()].some((provider) => name === `${prefix}-${provider}`)

const unused = (what: string, command: string) =>
  wrong(`The services do not use the ${what}.`, `Delete it: aws bedrock-agentcore-control ${command}.`)

/** AgentCore should have deleted these with their providers. */
async function secretsLeft(
  { aws, prefix }: Stage,
  kind: 'oauth2' | 'apikey',
  providers: ReadonlySet<string | undefined>,
): Promise<Finding[]> {
  const start = `${OWNER}!default/${kind}/`
  const left: string[] = []
  const filter = { Filters: [{ Key: 'name' as const, Values: [`${start}${prefix}-`] }] }
  for await (const { SecretList = [] } of paginateListSecrets({ client: aws.secretsManager }, filter))
    for (const { Name = '' } of SecretList) {
      const provider = Name.slice(start.length).replace(/-[0-9a-f]{8}$/, '')
      if (
        Name.startsWith(start) &&
        isProviderOf(prefix, provider) &&
        !providers.has(provider) &&
        !providers.has(Name.slice(start.length))
      )
        left.push(Name)
    }
  return left.map((name) =>
    wrong(
      `The secret ${name} belongs to no credential provider.`,
      'Delete it, or ask AWS support to: AgentCore owns it.',
    ),
  )
}
