import { PROVIDERS } from '@agent-identity/providers'
import {
  paginateListApiKeyCredentialProviders,
  paginateListOauth2CredentialProviders,
  paginateListWorkloadIdentities,
} from '@aws-sdk/client-bedrock-agentcore-control'
import { paginateGetResources } from '@aws-sdk/client-resource-groups-tagging-api'
import { paginateListSecrets } from '@aws-sdk/client-secrets-manager'
import { type Check, type Finding, wrong } from '../finding.ts'
import type { Stage } from '../stage.ts'
import { OWNER } from './managed-secrets.ts'

const STACK_ID = 'aws:cloudformation:stack-id'

/** AWS may keep these for some time after the deletion of their stack. */
const NOT_OURS_TO_DELETE = /:(task|task-definition|network-interface|key)\//

/** Leftovers may cost money, or block the next deployment. */
export const leftovers: Check<Stage> = {
  name: 'leftovers',
  async run(stage) {
    const [tagged, named] = await Promise.all([taggedOnes(stage), namedOnes(stage)])
    return [...tagged, ...named]
  },
}

async function taggedOnes({ aws, deployment, stacks }: Stage): Promise<Finding[]> {
  const ids = new Set([...(await stacks()).values()].map(({ id }) => id))
  const TagFilters = [
    { Key: 'project', Values: ['agentcore-identity-on-ecs'] },
    { Key: 'stage', Values: [deployment.name] },
  ]
  const left: string[] = []
  for await (const { ResourceTagMappingList = [] } of paginateGetResources({ client: aws.tagging }, { TagFilters }))
    for (const { ResourceARN = '', Tags = [] } of ResourceTagMappingList) {
      const stack = Tags.find(({ Key }) => Key === STACK_ID)?.Value
      if (stack && (ids.has(stack) || regionOf(stack) !== deployment.region)) continue
      if (!NOT_OURS_TO_DELETE.test(ResourceARN)) left.push(ResourceARN)
    }
  return left.map((arn) => wrong(`${arn} has our tags and belongs to no stack.`, 'Delete it if nothing else uses it.'))
}

/** CloudFront's distributions are listed in us-east-1, also those of a deployment in another Region, whose stacks are not read here. */
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

/** Compares the whole name, because another stage's name may begin with this stage's. */
const isProviderOf = (prefix: string, name: string): boolean =>
  [...PROVIDERS.keys()].some((provider) => name === `${prefix}-${provider}`)

const unused = (what: string, command: string) =>
  wrong(`The services do not use the ${what}.`, `Delete it: aws bedrock-agentcore-control ${command}.`)

/** AgentCore should have deleted these secrets with their providers. */
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
