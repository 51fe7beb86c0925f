import type { ServiceName } from '@agent-identity/infra/names'
import type { DeploymentContext } from '@agent-identity/infra/read-deployment'

type ServiceImages = { serviceImageTags(context: DeploymentContext): Readonly<Record<ServiceName, string>> }

/** By a name that says nothing to the compiler: the CDK's declarations do not hold under the options of this project. */
const CDK_APP: string = '@agent-identity/infra/service-images'

/** Synthesizes the stage, which takes some seconds and asks nobody. */
export async function expectedImages(context: DeploymentContext): Promise<Readonly<Record<ServiceName, string>>> {
  const { serviceImageTags } = (await import(CDK_APP)) as ServiceImages
  return serviceImageTags(context)
}
