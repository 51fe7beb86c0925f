import { defineOperation } from '../aws-protocol/operation.ts'
import { identityPermission } from '../iam/permissions.ts'
import { requireMintingIdentity } from '../identity/require-minting-identity.ts'
import { GetWorkloadAccessTokenRequest } from '../model/data-plane.ts'

export const GetWorkloadAccessToken = defineOperation({
  name: 'GetWorkloadAccessToken',
  input: GetWorkloadAccessTokenRequest,
  permissions: ({ workloadName }, { arns }) => [identityPermission('GetWorkloadAccessToken', workloadName, arns)],
  run({ workloadName }, state) {
    const { instanceId } = requireMintingIdentity(workloadName, state.workloadIdentities)
    const principal = { kind: 'none' } as const
    return {
      workloadAccessToken: state.workloadAccessTokens.mint({ workloadName, workloadInstanceId: instanceId, principal }),
    }
  },
})
