import { AwsError } from '../aws-protocol/errors.ts'
import { defineOperation } from '../aws-protocol/operation.ts'
import { redeemCode } from '../grants/redeem-code.ts'
import { providerOf } from '../grants/vaulted-token.ts'
import { inboundJwtConditionKeys } from '../iam/condition-keys.ts'
import { resourcePermissions } from '../iam/resource-permissions.ts'
import { isSameArtifact } from '../identity/principal.ts'
import { CompleteResourceTokenAuthRequest } from '../model/data-plane.ts'

/**
 * Every refusal of a session has one text, the live service's for another artifact (aws/bedrock-agentcore-sdk-typescript#37). A wrong user
 * consumes nothing: the rightful one can still finish.
 */
export const CompleteResourceTokenAuth = defineOperation({
  name: 'CompleteResourceTokenAuth',
  input: CompleteResourceTokenAuthRequest,
  permissions: ({ sessionUri, userIdentifier: { userId, userToken } }, state) => {
    const session = state.sessions.find(sessionUri)
    return resourcePermissions(
      'CompleteResourceTokenAuth',
      session ? { workloadName: session.workloadName, oauth2Provider: session.providerName } : {},
      state,
      userToken === undefined ? { 'bedrock-agentcore:userid': userId as string } : inboundJwtConditionKeys(userToken),
    )
  },
  async run({ sessionUri, userIdentifier }, state) {
    const session = state.sessions.find(sessionUri)
    if (session === undefined || !isSameArtifact(session.principal, userIdentifier) || session.status !== 'returned') {
      throw invalidSession()
    }
    const provider = providerOf(session, state)
    if (provider === undefined) throw invalidSession()
    if (userIdentifier.userToken !== undefined) state.userTokens.requireUnexpired(userIdentifier.userToken)

    // Set before the first await, so that of two concurrent calls one is refused.
    session.status = 'completing'
    try {
      if (!(await redeemCode(session, provider, state))) throw invalidSession()
      session.status = 'completed'
    } finally {
      if (session.status === 'completing') session.status = 'failed'
    }
    return {}
  },
})

const invalidSession = () => new AwsError('AccessDeniedException', 'Invalid or expired session')
