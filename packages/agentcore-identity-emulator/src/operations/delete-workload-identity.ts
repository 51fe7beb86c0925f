import { defineOperation } from '../aws-protocol/operation.ts'
import { identityPermission } from '../iam/permissions.ts'
import { DeleteWorkloadIdentityRequest } from '../model/control-plane.ts'
import { requireWorkloadIdentity } from '../state/workload-identities.ts'

export const DeleteWorkloadIdentity = defineOperation({
  name: 'DeleteWorkloadIdentity',
  successStatus: 204,
  input: DeleteWorkloadIdentityRequest,
  permissions: ({ name }, { arns }) => [identityPermission('DeleteWorkloadIdentity', name, arns)],
  run({ name }, state) {
    const identity = requireWorkloadIdentity(name, state.workloadIdentities)
    state.workloadIdentities.delete(name)
    state.vault.deleteAllOf(identity.instanceId)
    state.tags.delete(identity.arn)
    return {}
  },
})
