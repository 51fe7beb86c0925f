import { defineOperation } from '../aws-protocol/operation.ts'
import { identityPermission } from '../iam/permissions.ts'
import { requireMintingIdentity } from '../identity/require-minting-identity.ts'
import { GetWorkloadAccessTokenForUserIdRequest } from '../model/data-plane.ts'

/** The user id is not verified: a caller may act as any user whose id its policies allow. */
export const GetWorkloadAccessTokenForUserId = defineOperation({
  name: 'GetWorkloadAccessTokenForUserId',
  input: GetWorkloadAccessTokenForUserIdRequest,
  permissions: ({ workloadName, userId }, { arns }) => [
    identityPermission('GetWorkloadAccessTokenForUserId', workloadName, arns, { 'bedrock-agentcore:userid': userId }),
  ],
  run({ workloadName, userId }, state) {
    const { instanceId } = requireMintingIdentity(workloadName, state.workloadIdentities)
    const principal = { kind: 'user-id', userId } as const
    return {
      workloadAccessToken: state.workloadAccessTokens.mint({ workloadName, workloadInstanceId: instanceId, principal }),
    }
  },
})
