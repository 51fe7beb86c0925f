import { defineOperation } from '../aws-protocol/operation.ts'
import { inboundJwtConditionKeys } from '../iam/condition-keys.ts'
import { identityPermission } from '../iam/permissions.ts'
import { hashUserToken } from '../identity/principal.ts'
import { requireMintingIdentity } from '../identity/require-minting-identity.ts'
import { GetWorkloadAccessTokenForJWTRequest } from '../model/data-plane.ts'

/**
 * The workload access token contains the JWT's hash, because CompleteResourceTokenAuth accepts no other JWT. For on-behalf-of exchanges it contains
 * the JWT, too, unless the workload access token would be longer than the model allows.
 */
export const GetWorkloadAccessTokenForJWT = defineOperation({
  name: 'GetWorkloadAccessTokenForJWT',
  input: GetWorkloadAccessTokenForJWTRequest,
  permissions: ({ workloadName, userToken }, { arns }) => [
    identityPermission('GetWorkloadAccessTokenForJWT', workloadName, arns, inboundJwtConditionKeys(userToken)),
  ],
  async run({ workloadName, userToken }, state) {
    const { instanceId } = requireMintingIdentity(workloadName, state.workloadIdentities)
    const { iss: issuer, sub: subject } = await state.userTokens.verify(userToken)
    const principal = { kind: 'jwt', issuer, subject, tokenHash: hashUserToken(userToken) } as const
    return {
      workloadAccessToken: state.workloadAccessTokens.mint({
        workloadName,
        workloadInstanceId: instanceId,
        principal,
        userToken,
      }),
    }
  },
})
