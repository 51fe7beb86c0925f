import type { JsonObject } from './json.ts'
import { SERVICE_NAMES, type ServiceName } from './names.ts'
import type { DeploymentContext } from './read-deployment.ts'
import { SynthesizedApp } from './synthesized-app.ts'

/** The tag of each service's image, a hash of everything that it is built from. @throws DeploymentError */
export function serviceImageTags(context: DeploymentContext): Record<ServiceName, string> {
  const containers = new SynthesizedApp(context)
    .resources('AWS::ECS::TaskDefinition')
    .flatMap(({ properties }) => properties.ContainerDefinitions as JsonObject[])
  const tagOf = (service: ServiceName) => {
    const container = containers.find(({ Name }) => Name === service)
    const tag = /:([0-9a-f]{64})"/.exec(JSON.stringify(container?.Image))?.[1]
    if (!tag) throw new Error(`The image of ${service} has no tag`)
    return tag
  }
  return Object.fromEntries(SERVICE_NAMES.map((service) => [service, tagOf(service)])) as Record<ServiceName, string>
}
