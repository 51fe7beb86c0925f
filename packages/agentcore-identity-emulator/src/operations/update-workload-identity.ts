import { defineOperation } from '../aws-protocol/operation.ts'
import { identityPermission } from '../iam/permissions.ts'
import { UpdateWorkloadIdentityRequest } from '../model/control-plane.ts'
import { describeWorkloadIdentity, requireWorkloadIdentity } from '../state/workload-identities.ts'

export const UpdateWorkloadIdentity = defineOperation({
  name: 'UpdateWorkloadIdentity',
  input: UpdateWorkloadIdentityRequest,
  permissions: ({ name }, { arns }) => [identityPermission('UpdateWorkloadIdentity', name, arns)],
  run({ name, allowedResourceOauth2ReturnUrls }, state) {
    const identity = requireWorkloadIdentity(name, state.workloadIdentities)
    if (allowedResourceOauth2ReturnUrls) identity.allowedResourceOauth2ReturnUrls = allowedResourceOauth2ReturnUrls
    identity.lastUpdatedTime = state.clock.now()
    return describeWorkloadIdentity(identity)
  },
})
