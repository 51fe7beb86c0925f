import { ValidationException } from '../aws-protocol/errors.ts'
import { requireWorkloadIdentity, type WorkloadIdentity } from '../state/workload-identities.ts'

/**
 * Identities that AgentCore Runtime and Gateway create for themselves mint for no other caller. They may still be updated. The refusal
 * was reported of the live service (us-east-1, July 2026), the update was recorded there (cn-north-1, 2026-09-28).
 */
export function requireMintingIdentity(name: string, identities: ReadonlyMap<string, WorkloadIdentity>) {
  const identity = requireWorkloadIdentity(name, identities)
  if (!identity.serviceLinked) return identity
  throw new ValidationException(
    'WorkloadIdentity is linked to a service and cannot retrieve an access token by the caller',
  )
}
