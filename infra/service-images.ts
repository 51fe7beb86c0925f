import type { JsonObject } from './json.ts'
import { CONTAINER_NAMES, type PerContainer, SERVICE_NAMES } from './names.ts'
import type { DeploymentContext } from './read-deployment.ts'
import { SynthesizedApp } from './synthesized-app.ts'

/** A tag is a hash of what the image is built from. @throws DeploymentError */
export function serviceImageTags(context: DeploymentContext): PerContainer<string> {
  const containers = new SynthesizedApp(context)
    .resources('AWS::ECS::TaskDefinition')
    .flatMap(({ properties }) => properties.ContainerDefinitions as JsonObject[])
  const tags = CONTAINER_NAMES.flatMap((name): [string, string][] => {
    const container = containers.find(({ Name }) => Name === name)
    const tag = /:([0-9a-f]{64})"/.exec(JSON.stringify(container?.Image))?.[1]
    return tag ? [[name, tag]] : []
  })
  const found = Object.fromEntries(tags)
  const missing = SERVICE_NAMES.find((name) => !(name in found))
  if (missing) throw new Error(`The image of ${missing} has no tag`)
  return found as PerContainer<string>
}
