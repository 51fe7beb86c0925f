import { lookup } from 'node:dns/promises'
import { AgentWorkloadEnvironment } from '@agent-identity/contracts'
import type { PerContainer } from '@agent-identity/infra/names'
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import {
  type DeployedStack,
  type DeployedStacks,
  idsOf,
  outputOf,
  readDeployedStacks,
  type StackName,
} from '../target/deployed-stacks.ts'
import type { StageTarget } from '../target/resolve-target.ts'
import { expectedImages } from './expected-images.ts'
import { CannotCheck } from './finding.ts'
import { httpGet } from './http-get.ts'
import { readProviders, type StoredProvider } from './read-providers.ts'
import { type RunningService, readServices } from './read-services.ts'
import { type Configuration, once, type Subject } from './subject.ts'

/** Each function but `get` asks AWS, or synthesizes, at its first call only. Later calls get the same answer or failure. */
export interface Stage extends Subject, Omit<StageTarget, 'kind'> {
  dnsToDo(): Promise<string | undefined>
  caller(): Promise<{ accountId: string; arn: string }>
  stacks(): Promise<DeployedStacks>
  services(): Promise<PerContainer<RunningService>>
  providers(): Promise<readonly StoredProvider[]>
  /** The tags of the images that this checkout builds. */
  expectedImages(): Promise<PerContainer<string>>
}

export type StageParts = Partial<Pick<Stage, 'get' | 'expectedImages'> & { addressesOf: typeof addressesOf }>

export function createStage(
  target: StageTarget,
  { addressesOf: resolve = addressesOf, ...parts }: StageParts = {},
): Stage {
  const { aws, deployment } = target
  const stacks = once(() => readDeployedStacks(aws.cloudFormation, deployment))
  const services = once(async () => readServices(aws.ecs, requireStack(await stacks(), 'services')))
  const configuration = once(async () => configurationOf((await services())['agent-workload']))
  return {
    ...target,
    agentcore: aws.agentcore,
    get: httpGet,
    expectedImages: once(() => expectedImages(target.context)),
    caller: once(async () => {
      const { Account, Arn } = await aws.sts.send(new GetCallerIdentityCommand({}))
      return { accountId: Account ?? '', arn: Arn ?? '' }
    }),
    stacks,
    services,
    configuration,
    dnsToDo: once(async () => {
      // The deployment has this output when it does not create the DNS record.
      const target = outputOf((await stacks()).get('edge'), 'EntranceDnsTarget')
      if (!target) return undefined
      const { hostname } = new URL((await configuration()).publicUrl)
      const [here, there] = await Promise.all([hostname, target].map(resolve))
      if (here?.some((address) => there?.includes(address))) return undefined
      return `Point ${hostname} at ${target}: seen from here, it does not lead there yet.`
    }),
    providers: once(async () => readProviders(aws.agentcore, await configuration())),
    ...parts,
  }
}

async function addressesOf(name: string): Promise<string[]> {
  return (await lookup(name, { all: true }).catch(() => [])).map(({ address }) => address)
}

/** @throws CannotCheck when it is not deployed */
export function requireStack(stacks: DeployedStacks, name: StackName): DeployedStack {
  const stack = stacks.get(name)
  if (!stack) throw new CannotCheck(`The stack ${name} is not deployed.`)
  return stack
}

/** @throws CannotCheck when the stack has no resource of this type with an id */
export function requireId(stack: DeployedStack, type: string): string {
  const [id] = idsOf(stack, type)
  if (!id) throw new CannotCheck(`The stack ${stack.name} has no ${type}.`)
  return id
}

function configurationOf({ variable }: RunningService): Configuration {
  const providers = AgentWorkloadEnvironment.shape.PROVIDERS.safeParse(variable('PROVIDERS', '{}')).data
  if (!providers) throw new CannotCheck('The agent workload’s PROVIDERS cannot be read.')
  return {
    publicUrl: variable('PUBLIC_URL'),
    workloadName: variable('WORKLOAD_NAME'),
    issuer: variable('OIDC_ISSUER'),
    credentialProviders: new Map(
      Object.entries(providers).map(([id, { credentialProvider }]) => [id, credentialProvider]),
    ),
  }
}
