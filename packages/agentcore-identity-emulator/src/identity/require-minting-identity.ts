import { ValidationException } from '../aws-protocol/errors.ts'
import { requireWorkloadIdentity, type WorkloadIdentity } from '../state/workload-identities.ts'

/** No caller may mint for an identity of AgentCore Runtime or Gateway (reported of the live service, us-east-1, July 2026). */
export function requireMintingIdentity(name: string, identities: ReadonlyMap<string, WorkloadIdentity>) {
  const identity = requireWorkloadIdentity(name, identities)
  if (!identity.serviceLinked) return identity
  throw new ValidationException(
    'WorkloadIdentity is linked to a service and cannot retrieve an access token by the caller',
  )
}
