import {
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  type ECSClient,
  ListServicesCommand,
} from '@aws-sdk/client-ecs'
import { activeClusters } from './what-is-left.ts'

export interface RunningService {
  cluster: string
  service: string
  taskDefinition: string
  variables: Readonly<Record<string, string>>
  /** By variable: the secret's ARN. */
  secrets: Readonly<Record<string, string>>
}

export async function runningService(ecs: ECSClient, container: string): Promise<RunningService> {
  const [cluster = ''] = await activeClusters(ecs)
  const { serviceArns } = await ecs.send(new ListServicesCommand({ cluster }))
  const { services = [] } = await ecs.send(new DescribeServicesCommand({ cluster, services: serviceArns }))
  for (const { serviceArn: service = '', taskDefinition = '' } of services) {
    const { taskDefinition: described } = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition }))
    const [first] = described?.containerDefinitions ?? []
    if (first?.name !== container) continue
    const variables = Object.fromEntries((first.environment ?? []).map(({ name, value }) => [name, value]))
    const secrets = Object.fromEntries((first.secrets ?? []).map(({ name, valueFrom }) => [name, valueFrom]))
    return { cluster, service, taskDefinition, variables, secrets }
  }
  throw new Error(`No service runs ${container}`)
}
