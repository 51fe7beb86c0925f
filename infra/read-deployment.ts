import { PROVIDERS } from '@agent-identity/providers'
import { AGENTCORE_REGIONS } from './agentcore-regions.ts'
import { checkProviderNames } from './check-names.ts'
import { checkStage } from './check-stage.ts'
import { environmentRegion } from './config.ts'
import type { CloudFrontAddress, ExistingListener, OwnDomain, ProviderClient } from './constructs/options.ts'
import { defaultModelIn } from './default-model.ts'
import { DeploymentError } from './deployment-error.ts'
import {
  asStageProvider,
  PROVIDER_CONTEXT_NAMES,
  PROVIDER_KEY_CONTEXT_NAMES,
  readProviders,
} from './provider-context.ts'
import type { Stage, StageFile } from './stage-file.ts'
import { STAGES, stageNamed } from './stages.ts'

export { DeploymentError }

/** The names that `-c name=value` may have. */
export const CONTEXT_NAMES = [
  'stage',
  'region',
  'domainName',
  'certificateArn',
  'hostedZoneId',
  'providers',
  'modelId',
  'mcp',
  'adminGroup',
  'adminGroupClaim',
  'alarmEmail',
  ...PROVIDER_CONTEXT_NAMES,
  ...PROVIDER_KEY_CONTEXT_NAMES,
]

const DEFAULT_STAGE = 'sandbox'
const DEFAULT_REGION = 'us-east-1'

export type DeploymentContext = Readonly<Record<string, string | undefined>>

export interface Deployment extends Omit<Stage, 'entrance' | 'providers' | 'modelId'> {
  entrance: CloudFrontAddress | OwnDomain | ExistingListener
  providers: readonly ProviderClient[]
  modelId: string
}

/** @throws DeploymentError */
export function readDeployment(context: DeploymentContext): Deployment {
  const stage = { ...withMcp(readStage(context), context.mcp), ...alarmEmailOf(context) }
  const { region } = stage
  checkStage(stage)
  const providers = providersOf(stage, context)
  checkProviderNames([...providers.map(({ provider }) => ({ stage, provider })), ...ofOtherStages(stage)])
  return {
    ...stage,
    entrance: entranceOf(stage, region, context),
    providers,
    ...administratorsOf(stage, context),
    modelId: modelOf(stage, context),
  }
}

/** With an ARN the task role's permission would permit nothing (`constructs/grant-model.ts`). */
function modelOf({ name, modelId, region }: Stage, context: DeploymentContext): string {
  const asked = context.modelId ?? modelId ?? defaultModelIn(region)
  if (asked.startsWith('arn:'))
    throw new DeploymentError(`Stage "${name}": modelId must be the id of a model or inference profile, not an ARN.`)
  return asked
}

function administratorsOf(
  stage: Stage,
  { adminGroup, adminGroupClaim }: DeploymentContext,
): Pick<Stage, 'administrators'> {
  const group = adminGroup ?? stage.administrators?.group
  const claim = adminGroupClaim ?? stage.administrators?.claim
  if (group === undefined && claim === undefined) return {}
  // An empty name would match an empty entry of the claim.
  if (!group || claim === '')
    throw new DeploymentError(
      'Administrators need the name of a group: give -c adminGroup=… with -c adminGroupClaim=….',
    )
  return { administrators: { group, ...(claim === undefined ? {} : { claim }) } }
}

/**
 * The stage with its Region, without the other settings of the command line.
 *
 * @throws DeploymentError
 */
export function readStage(context: DeploymentContext): Stage {
  refuseEmpty(context)
  const name = context.stage ?? DEFAULT_STAGE
  const file = stageNamed(name)
  return { ...file, name, region: regionOf(name, file, context) }
}

/**
 * The environment does not move a stage whose file names its Region.
 *
 * @returns the context with the environment's Region, if no other one is said
 */
export function withEnvironmentRegion(context: DeploymentContext): DeploymentContext {
  const region = context.region ?? STAGES.get(context.stage ?? DEFAULT_STAGE)?.region ?? environmentRegion()
  return region === undefined ? context : { ...context, region }
}

/** A shell variable without a value (`-c modelId=$MODEL`) must not deploy something else. An empty list of providers means none. */
function refuseEmpty(context: DeploymentContext): void {
  const empty = Object.entries(context).find(([name, value]) => name !== 'providers' && String(value).trim() === '')
  if (empty) throw new DeploymentError(`${empty[0]} is empty: give it a value, or leave it out.`)
}

function withMcp(stage: Stage, said: string | undefined): Stage {
  if (said === undefined) return stage
  if (said !== 'true' && said !== 'false')
    throw new DeploymentError(`-c mcp=${said} says neither true nor false: -c mcp=true deploys the MCP server.`)
  return { ...stage, mcp: { ...stage.mcp, enabled: said === 'true' } }
}

const alarmEmailOf = ({ alarmEmail }: DeploymentContext) => (alarmEmail === undefined ? {} : { alarmEmail })

function regionOf(name: string, stage: StageFile, context: DeploymentContext): string {
  const region = context.region ?? stage.region ?? DEFAULT_REGION
  if (stage.region !== undefined && region !== stage.region)
    throw new DeploymentError(
      `Stage "${name}" is in ${stage.region} (infra/stages/${name}.ts), and -c region=${region} names another Region: leave it out, or add a stage for that Region.`,
    )
  if (AGENTCORE_REGIONS.includes(region)) return region
  throw new DeploymentError(
    `AgentCore Identity is not offered in "${region}": give -c region=… with one of ${AGENTCORE_REGIONS.join(', ')}.`,
  )
}

const HOSTED_ZONE_ID = /^Z[A-Z0-9]{1,31}$/
const DOMAIN_NAME = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/

function entranceOf(stage: Stage, region: string, context: DeploymentContext): Deployment['entrance'] {
  if (stage.entrance.kind === 'cloudfront') return stage.entrance
  const domainName = context.domainName ?? stage.entrance.domainName
  if (!domainName)
    throw new DeploymentError(`Stage "${stage.name}" has its own domain: give -c domainName=agents.example.com.`)
  if (!DOMAIN_NAME.test(domainName))
    throw new DeploymentError(
      `domainName "${domainName}" must be a bare host name in lower case, such as agents.example.com; https is implied.`,
    )
  if (stage.entrance.kind === 'existing-listener') return { ...stage.entrance, domainName }
  const certificateArn = context.certificateArn ?? stage.entrance.certificateArn
  const hostedZoneId = context.hostedZoneId ?? stage.entrance.hostedZoneId
  if (!certificateArn && !hostedZoneId)
    throw new DeploymentError(
      `Stage "${stage.name}" needs a certificate for ${domainName}: give -c certificateArn=… of an issued ACM certificate, or -c hostedZoneId=… of the Route 53 zone that the domain is in.`,
    )
  if (hostedZoneId && !HOSTED_ZONE_ID.test(hostedZoneId))
    throw new DeploymentError(`hostedZoneId "${hostedZoneId}" must be Route 53's id, such as Z0123456789ABCDEFGHIJ.`)
  if (certificateArn && !certificateArn.startsWith(`arn:aws:acm:${region}:`))
    throw new DeploymentError(
      `The load balancer takes certificates of its own Region only: certificateArn must begin with arn:aws:acm:${region}:.`,
    )
  return {
    kind: 'own-domain',
    domainName,
    ...(certificateArn ? { certificateArn } : {}),
    ...(hostedZoneId ? { hostedZoneId } : {}),
  }
}

/** The providers of the other stages, which may be in the same account. */
function ofOtherStages({ name }: Stage) {
  return [...STAGES].flatMap(([stage, { providers }]) =>
    providers.map(asStageProvider).flatMap(({ id }) => {
      const provider = PROVIDERS.get(id)
      return provider && stage !== name ? [{ stage: { name: stage }, provider }] : []
    }),
  )
}

function providersOf(stage: Stage, context: DeploymentContext): ProviderClient[] {
  const asked = context.providers
    ?.split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '')
    .map((id) => stage.providers.map(asStageProvider).find((provider) => provider.id === id) ?? id)
  return readProviders(asked ?? stage.providers, context)
}
