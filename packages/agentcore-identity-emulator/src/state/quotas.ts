import { AwsError, ValidationException } from '../aws-protocol/errors.ts'

/** The default quotas of providers and identities are AWS's (devguide, bedrock-agentcore-limits, 2026-09-26). */
export function requireRoomForProvider(existing: ReadonlyMap<string, unknown>, quota: number) {
  if (existing.size < quota) return
  throw new AwsError('ServiceQuotaExceededException', `The limit of ${quota} credential providers has been reached`)
}

/** CreateWorkloadIdentity has no quota error in the model. */
export function requireRoomForIdentity(existing: ReadonlyMap<string, unknown>, quota: number) {
  if (existing.size < quota) return
  throw new ValidationException(`The limit of ${quota} workload identities has been reached`)
}
