import {
  formatDifferences,
  fullDiff,
  mangleLikeCloudFormation,
  ResourceImpact,
  type TemplateDiff,
} from '@aws-cdk/cloudformation-diff'
import { CloudFormationClient, GetTemplateCommand } from '@aws-sdk/client-cloudformation'
import { prefixOf } from '../names.ts'
import { DeploymentError } from '../read-deployment.ts'
import type { Template } from '../synthesized-templates.ts'
import { signedInAccount } from './check-account.ts'
import type { CommandLine } from './command-line.ts'
import { STACKS, synthesize, templateOf } from './synthesize.ts'

/** Whose replacement or removal loses data, or the access to it: tokens in the vault, users, sessions, logs, and what is encrypted. */
const HOLD_DATA: readonly string[] = [
  'AWS::BedrockAgentCore::ApiKeyCredentialProvider',
  'AWS::BedrockAgentCore::OAuth2CredentialProvider',
  'AWS::BedrockAgentCore::WorkloadIdentity',
  'AWS::Cognito::UserPool',
  'AWS::Cognito::UserPoolClient',
  'AWS::ElastiCache::ReplicationGroup',
  'AWS::KMS::Key',
  'AWS::Logs::LogGroup',
  'AWS::S3::Bucket',
  'AWS::SecretsManager::Secret',
]

const HAPPENS: Partial<Record<ResourceImpact, string>> = {
  [ResourceImpact.WILL_REPLACE]: 'is replaced',
  [ResourceImpact.MAY_REPLACE]: 'may be replaced',
  [ResourceImpact.WILL_DESTROY]: 'is deleted',
  [ResourceImpact.WILL_ORPHAN]: 'is left behind, and no longer used',
}

/**
 * Compares templates, as the CDK does, without a change set: that would need the right to create one.
 *
 * @throws DeploymentError when a deployment would replace or remove what holds data
 */
export async function diff(line: CommandLine): Promise<void> {
  const deployment = await synthesize(line)
  const accountId = await signedInAccount(deployment)
  process.stdout.write(`Compared with ${deployment.region} of account ${accountId}:\n`)
  const losses: string[] = []
  for (const stack of STACKS) {
    const name = `${prefixOf(deployment)}-${stack}`
    const deployed = await templateOfStack(deployment.region, name)
    const changes = deployed && compare(deployed, templateOf(line.outdir, deployment, stack))
    process.stdout.write(`\n${name}: ${changes ? (changes.isEmpty ? 'no change' : 'changes') : 'not deployed yet'}\n`)
    if (!changes) continue
    formatDifferences(process.stdout, changes)
    losses.push(...lossesOf(changes).map((loss) => `${name}: ${loss}`))
  }
  if (losses.length > 0)
    throw new DeploymentError(['A deployment would lose data:', ...losses.map((one) => `- ${one}`)].join('\n'))
  process.stdout.write('\nNothing that holds data would be replaced or removed.\n')
}

/** Like the CDK: CloudFormation may return a question mark for each character outside of ASCII. */
function compare(deployed: Template, synthesized: Template): TemplateDiff {
  const changes = fullDiff(deployed, synthesized)
  const inAscii = fullDiff(deployed, JSON.parse(mangleLikeCloudFormation(JSON.stringify(synthesized))))
  return inAscii.differenceCount < changes.differenceCount ? inAscii : changes
}

export function lossesOf(changes: TemplateDiff): string[] {
  const losses: string[] = []
  changes.resources.forEachDifference((logicalId, { changeImpact, oldResourceType = '' }) => {
    const happens = HAPPENS[changeImpact]
    if (happens && HOLD_DATA.includes(oldResourceType)) losses.push(`${oldResourceType} ${logicalId} ${happens}`)
  })
  return losses
}

/** The template as it was deployed, before CloudFormation evaluates it. */
async function templateOfStack(region: string, StackName: string): Promise<Template | undefined> {
  try {
    const { TemplateBody = '' } = await new CloudFormationClient({ region }).send(new GetTemplateCommand({ StackName }))
    return JSON.parse(TemplateBody)
  } catch (error) {
    const { name, message } = error as Error
    // CloudFormation has no specific error for a missing stack.
    if (name === 'ValidationError' && message.includes('does not exist')) return undefined
    if (error instanceof SyntaxError) throw new DeploymentError(`The template of ${StackName} is not JSON.`)
    throw new DeploymentError(`The template of ${StackName} cannot be read (${name}).`)
  }
}
