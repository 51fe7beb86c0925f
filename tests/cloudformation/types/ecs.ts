import {
  CreateServiceCommand,
  type CreateServiceCommandInput,
  DeleteServiceCommand,
  DeregisterTaskDefinitionCommand,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs'
import type { Services } from '../services.ts'
import { type Properties, type Resource, type ResourceType, uncapitalized } from './resource-type.ts'

type ServicesIn = (region: string) => Services

/** Every change is a new revision. */
export const taskDefinition = (servicesIn: ServicesIn): ResourceType => ({
  create: ({ region, properties }) => register(servicesIn(region), properties),
  async update({ region, id, properties }) {
    const replacement = await register(servicesIn(region), properties)
    await servicesIn(region).ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: id }))
    return replacement
  },
  delete: ({ region, id }) => servicesIn(region).ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: id })),
})

async function register({ ecs }: Services, properties: Properties): Promise<Resource> {
  const input = uncapitalized(properties) as RegisterTaskDefinitionCommandInput
  const { taskDefinition } = await ecs.send(new RegisterTaskDefinitionCommand(input))
  return { id: taskDefinition?.taskDefinitionArn ?? '', attributes: {} }
}

export const service = (servicesIn: ServicesIn): ResourceType => ({
  async create({ region, name, properties }) {
    const input = {
      // Like CloudFormation: a generated name, and one task for a new service.
      serviceName: name,
      desiredCount: 1,
      ...(uncapitalized(properties) as object),
    } as CreateServiceCommandInput
    const { service } = await servicesIn(region).ecs.send(new CreateServiceCommand(input))
    return { id: service?.serviceArn ?? '', attributes: { Name: service?.serviceName ?? '' } }
  },
  async update({ region, id, attributes, properties }) {
    const { Cluster, TaskDefinition, DesiredCount } = properties as {
      Cluster: string
      TaskDefinition: string
      DesiredCount?: number
    }
    await servicesIn(region).ecs.send(
      new UpdateServiceCommand({
        cluster: Cluster,
        service: id,
        taskDefinition: TaskDefinition,
        desiredCount: DesiredCount,
      }),
    )
    return { id, attributes }
  },
  delete: ({ region, id, properties }) =>
    servicesIn(region).ecs.send(
      new DeleteServiceCommand({ cluster: String(properties.Cluster), service: id, force: true }),
    ),
})
