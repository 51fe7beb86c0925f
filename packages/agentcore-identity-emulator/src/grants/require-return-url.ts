import { ValidationException } from '../aws-protocol/errors.ts'
import type { WorkloadIdentity } from '../state/workload-identities.ts'

/**
 * A looser comparison could send users, and their session URIs, elsewhere. The first two messages are the live service's
 * (awslabs/agentcore-samples#528; enechange/collmbo#742).
 */
export function requireReturnUrl(
  { resourceOauth2ReturnUrl: returnUrl }: { resourceOauth2ReturnUrl?: string },
  { allowedResourceOauth2ReturnUrls: allowed = [] }: WorkloadIdentity,
): string {
  if (returnUrl === undefined) {
    throw new ValidationException('You must provide a ResourceOauth2ReturnUrl to proceed with this flow')
  }
  if (allowed.length === 0) {
    throw new ValidationException(
      'You must register and use at least one ResourceOauth2ReturnUrl on your workload identity to use this flow',
    )
  }
  if (!allowed.includes(returnUrl)) {
    throw ValidationException.field(
      'resourceOauth2ReturnUrl',
      'The ResourceOauth2ReturnUrl is not one of those registered on the workload identity',
    )
  }
  return returnUrl
}
