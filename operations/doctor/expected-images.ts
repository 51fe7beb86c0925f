import type { PerContainer } from '@agent-identity/infra/names'
import type { DeploymentContext } from '@agent-identity/infra/read-deployment'

type ServiceImages = { serviceImageTags(context: DeploymentContext): PerContainer<string> }

/** A computed import, which the compiler does not follow: the CDK app has other options (infra/tsconfig.json). */
const CDK_APP: string = '@agent-identity/infra/service-images'

export async function expectedImages(context: DeploymentContext): Promise<PerContainer<string>> {
  const { serviceImageTags } = (await import(CDK_APP)) as ServiceImages
  return serviceImageTags(context)
}
