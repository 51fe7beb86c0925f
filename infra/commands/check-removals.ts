import { CloudFormationClient } from '@aws-sdk/client-cloudformation'
import { prefixOf } from '../names.ts'
import { type Deployment, DeploymentError } from '../read-deployment.ts'
import { describeStack, resourcesOf } from './deployed-stacks.ts'

const MCP = 'mcp'
/** An output of the stack `services` with the MCP server. */
const MCP_OUTPUT = 'McpAddress'
const CREDENTIAL_PROVIDERS = [
  'AWS::BedrockAgentCore::OAuth2CredentialProvider',
  'AWS::BedrockAgentCore::ApiKeyCredentialProvider',
]

/**
 * A forgotten `-c` must not end all consents at a provider, or those of MCP clients.
 *
 * @throws DeploymentError when the deployment removes something that `remove` does not name, or when the caller may not see what is deployed
 */
export async function checkRemovals(deployment: Deployment, remove: readonly string[]): Promise<void> {
  const kept = [...deployment.providers.map(({ provider }) => provider.id), ...(deployment.mcp.enabled ? [MCP] : [])]
  const contradiction = remove.find((id) => kept.includes(id))
  if (contradiction !== undefined)
    throw new DeploymentError(
      `--remove ${contradiction}: stage "${deployment.name}" still has it, so take it out of the stage or the -c options first.`,
    )
  const removed = (await deployed(deployment)).filter((id) => !kept.includes(id) && !remove.includes(id))
  if (removed.length === 0) return
  throw new DeploymentError(
    `Stage "${deployment.name}" has ${removed.join(', ')} deployed, and this deployment would remove that: its users would have to consent again. Add it to infra/stages/${deployment.name}.ts or the -c options, or say ${removed.map((id) => `--remove ${id}`).join(' ')}. Nothing was done.`,
  )
}

/** The ids of the providers, and `mcp`. */
async function deployed(deployment: Deployment): Promise<string[]> {
  const cloudFormation = new CloudFormationClient({ region: deployment.region })
  const prefix = prefixOf(deployment)
  const identity = `${prefix}-identity`
  const resources = (await describeStack(cloudFormation, identity)) ? await resourcesOf(cloudFormation, identity) : []
  const services = await describeStack(cloudFormation, `${prefix}-services`)
  const hasMcp = services?.Outputs?.some(({ OutputKey }) => OutputKey === MCP_OUTPUT)
  return [
    ...resources.filter(({ type }) => CREDENTIAL_PROVIDERS.includes(type)).map(({ id }) => providerOf(id, prefix)),
    ...(hasMcp ? [MCP] : []),
  ]
}

/** The physical id is the ARN of the credential provider, which ends in its name. */
function providerOf(physicalId: string, prefix: string): string {
  const name = physicalId.slice(physicalId.lastIndexOf('/') + 1)
  return name.startsWith(`${prefix}-`) ? name.slice(prefix.length + 1) : name
}
