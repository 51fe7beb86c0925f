import { AwsError, ValidationException } from '../aws-protocol/errors.ts'

/** AWS's default quotas (devguide, bedrock-agentcore-limits, 2026-09-26): adjustable there, configurable here. */
export function requireRoomForProvider(existing: ReadonlyMap<string, unknown>, quota: number) {
  if (existing.size < quota) return
  throw new AwsError('ServiceQuotaExceededException', `The limit of ${quota} credential providers has been reached`)
}

/** CreateWorkloadIdentity has no quota error in the model, so the nearest modelled error is used. */
export function requireRoomForIdentity(existing: ReadonlyMap<string, unknown>, quota: number) {
  if (existing.size < quota) return
  throw new ValidationException(`The limit of ${quota} workload identities has been reached`)
}
