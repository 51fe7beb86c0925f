import type { PerContainer } from '@agent-identity/infra/names'
import type { DeploymentContext } from '@agent-identity/infra/read-deployment'

type ServiceImages = { serviceImageTags(context: DeploymentContext): PerContainer<string> }

/** A variable, so that the compiler does not follow the import: the CDK app has other compiler options (infra/tsconfig.json). */
const CDK_APP: string = '@agent-identity/infra/service-images'

export async function expectedImages(context: DeploymentContext): Promise<PerContainer<string>> {
  const { serviceImageTags } = (await import(CDK_APP)) as ServiceImages
  return serviceImageTags(context)
}
