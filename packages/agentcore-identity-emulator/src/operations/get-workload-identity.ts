import { defineOperation } from '../aws-protocol/operation.ts'
import { identityPermission } from '../iam/permissions.ts'
import { GetWorkloadIdentityRequest } from '../model/control-plane.ts'
import { describeWorkloadIdentity, requireWorkloadIdentity } from '../state/workload-identities.ts'

export const GetWorkloadIdentity = defineOperation({
  name: 'GetWorkloadIdentity',
  input: GetWorkloadIdentityRequest,
  permissions: ({ name }, { arns }) => [identityPermission('GetWorkloadIdentity', name, arns)],
  run: ({ name }, state) => describeWorkloadIdentity(requireWorkloadIdentity(name, state.workloadIdentities, 'id')),
})
