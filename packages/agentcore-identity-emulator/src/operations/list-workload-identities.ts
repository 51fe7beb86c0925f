import { defineOperation } from '../aws-protocol/operation.ts'
import { directoryPermission } from '../iam/permissions.ts'
import { ListWorkloadIdentitiesRequest } from '../model/control-plane.ts'
import { page } from '../state/page.ts'

export const ListWorkloadIdentities = defineOperation({
  name: 'ListWorkloadIdentities',
  input: ListWorkloadIdentitiesRequest,
  permissions: (_input, { arns }) => [directoryPermission('ListWorkloadIdentities', arns)],
  run(input, state) {
    const { items, ...more } = page(state.workloadIdentities.values(), input)
    return { workloadIdentities: items.map(({ name, arn }) => ({ name, workloadIdentityArn: arn })), ...more }
  },
})
