import { randomUUID } from 'node:crypto'
import { AwsError } from '../aws-protocol/errors.ts'
import { epochSeconds } from '../aws-protocol/timestamps.ts'

/** `instanceId`: a recreated identity has another id, because the tokens of the deleted identity must not work. */
export type WorkloadIdentity = {
  instanceId: string
  name: string
  arn: string
  allowedResourceOauth2ReturnUrls: string[] | undefined
  serviceLinked?: boolean
  createdTime: number
  lastUpdatedTime: number
}

export function newWorkloadIdentity(
  input: { name: string; allowedResourceOauth2ReturnUrls?: string[] },
  arn: string,
  now: number,
): WorkloadIdentity {
  return {
    instanceId: randomUUID(),
    name: input.name,
    arn,
    allowedResourceOauth2ReturnUrls: input.allowedResourceOauth2ReturnUrls,
    createdTime: now,
    lastUpdatedTime: now,
  }
}

/** GetWorkloadIdentity's error says `id` where the other operations say `name` (seen live, 2026-09-28). */
export function requireWorkloadIdentity(
  name: string,
  identities: ReadonlyMap<string, WorkloadIdentity>,
  called: 'name' | 'id' = 'name',
) {
  const identity = identities.get(name)
  if (identity) return identity
  throw new AwsError('ResourceNotFoundException', `WorkloadIdentity with ${called} ${name} not found.`)
}

export function describeWorkloadIdentity(identity: WorkloadIdentity) {
  return {
    name: identity.name,
    workloadIdentityArn: identity.arn,
    allowedResourceOauth2ReturnUrls: identity.allowedResourceOauth2ReturnUrls ?? null,
    createdTime: epochSeconds(identity.createdTime),
    lastUpdatedTime: epochSeconds(identity.lastUpdatedTime),
  }
}
