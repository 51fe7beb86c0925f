import { type PerContainer, SERVICE_NAMES } from '@agent-identity/infra/names'
import {
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  type ECSClient,
  type Service,
  type TaskDefinition,
} from '@aws-sdk/client-ecs'
import { type DeployedStack, idsOf } from '../target/deployed-stacks.ts'
import { CannotCheck } from './finding.ts'

export interface RunningService {
  status: string
  desired: number
  running: number
  /** COMPLETED, IN_PROGRESS, FAILED or, when ECS names none, empty. */
  rollout: string
  image: string
  taskRoleArn: string
  cpu: number
  /** @throws CannotCheck when it is not set and there is no `otherwise` */
  variable(name: string, otherwise?: string): string
  /** By variable: the ARN of the secret that fills it, followed by `:<field>::` where a field of the secret fills it. */
  secrets: ReadonlyMap<string, string>
}

/** @throws CannotCheck without the agent workload or session binding */
export async function readServices(ecs: ECSClient, stack: DeployedStack): Promise<PerContainer<RunningService>> {
  const [cluster] = idsOf(stack, 'AWS::ECS::Cluster')
  const arns = idsOf(stack, 'AWS::ECS::Service')
  if (!cluster || arns.length === 0) throw new CannotCheck('The services are not deployed.')
  const { services = [] } = await ecs.send(new DescribeServicesCommand({ cluster, services: arns }))
  const read = await Promise.all(services.map((service) => readService(ecs, service)))
  const found = new Map(read)
  const missing = SERVICE_NAMES.find((name) => !found.has(name))
  if (missing) throw new CannotCheck(`ECS has no service with a container ${missing}.`)
  return Object.fromEntries(found) as PerContainer<RunningService>
}

async function readService(ecs: ECSClient, service: Service): Promise<[string, RunningService]> {
  const { taskDefinition = {} } = await ecs.send(
    new DescribeTaskDefinitionCommand({ taskDefinition: service.taskDefinition }),
  )
  const container = taskDefinition.containerDefinitions?.[0] ?? {}
  const deployment = service.deployments?.find(({ status }) => status === 'PRIMARY')
  return [
    container.name ?? '',
    {
      status: service.status ?? '',
      desired: service.desiredCount ?? 0,
      running: service.runningCount ?? 0,
      rollout: deployment?.rolloutState ?? '',
      image: container.image ?? '',
      taskRoleArn: taskDefinition.taskRoleArn ?? '',
      cpu: Number(taskDefinition.cpu ?? 0),
      variable: variablesOf(taskDefinition),
      secrets: new Map((container.secrets ?? []).map(({ name, valueFrom }) => [name ?? '', valueFrom ?? ''])),
    },
  ]
}

function variablesOf({ containerDefinitions }: TaskDefinition): RunningService['variable'] {
  const container = containerDefinitions?.[0]
  const variables = new Map((container?.environment ?? []).map(({ name, value }) => [name, value]))
  return (name, otherwise) => {
    const value = variables.get(name) ?? otherwise
    if (value === undefined) throw new CannotCheck(`The containers of ${container?.name} have no ${name}.`)
    return value
  }
}
