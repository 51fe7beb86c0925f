import { duplicate } from '../aws-protocol/errors.ts'
import { defineOperation } from '../aws-protocol/operation.ts'
import { tagConditionKeys } from '../iam/condition-keys.ts'
import { identityPermission } from '../iam/permissions.ts'
import { CreateWorkloadIdentityRequest } from '../model/control-plane.ts'
import { requireRoomForIdentity } from '../state/quotas.ts'
import { newWorkloadIdentity } from '../state/workload-identities.ts'

export const CreateWorkloadIdentity = defineOperation({
  name: 'CreateWorkloadIdentity',
  successStatus: 201,
  input: CreateWorkloadIdentityRequest,
  permissions: ({ name, tags }, { arns }) => [
    identityPermission('CreateWorkloadIdentity', name, arns, tagConditionKeys(tags)),
  ],
  run(input, state) {
    if (state.workloadIdentities.has(input.name)) {
      throw duplicate(`WorkloadIdentity with name '${input.name}' already exists.`, state.assumptions.duplicateName)
    }
    requireRoomForIdentity(state.workloadIdentities, state.quotas.workloadIdentities)
    const identity = newWorkloadIdentity(input, state.arns.workloadIdentity(input.name), state.clock.now())
    state.workloadIdentities.set(input.name, identity)
    if (input.tags) state.tags.set(identity.arn, input.tags)
    return {
      name: identity.name,
      workloadIdentityArn: identity.arn,
      allowedResourceOauth2ReturnUrls: identity.allowedResourceOauth2ReturnUrls ?? null,
    }
  },
})
