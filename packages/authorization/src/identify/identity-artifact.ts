import type { AgentWorkloadEnvironment, IdentityArtifact, UserSessionRef } from '@agent-identity/contracts'
import type { CurrentUserSession, UserTokenStore } from '@agent-identity/user-session'

export type ArtifactFor = (
  ref: UserSessionRef,
) => Promise<{ artifact: IdentityArtifact; endsAt: number } | 'signed-out' | 'unavailable'>

/** Step 3: identifies the user to AgentCore. Mode `user-id` is for issuers without JWT access tokens. */
export function identityArtifacts(dependencies: {
  mode: AgentWorkloadEnvironment['IDENTITY_ARTIFACT_MODE']
  userIdPrefix: string
  minimumSeconds: number
  sessions: { find(ref: UserSessionRef): Promise<CurrentUserSession | undefined> }
  userTokens: Pick<UserTokenStore, 'accessToken'>
}): ArtifactFor {
  const { mode, userIdPrefix, minimumSeconds, sessions, userTokens } = dependencies
  return async (ref) => {
    const userSession = await sessions.find(ref)
    if (!userSession) return 'signed-out'
    if (mode === 'user-id')
      return {
        artifact: { kind: 'user-id', userId: `${userIdPrefix}+${userSession.user.subject}` },
        endsAt: userSession.endsAt,
      }
    const token = await userTokens.accessToken(ref, { minimumSeconds })
    if (token.outcome !== 'token') return token.outcome
    return { artifact: { kind: 'jwt', userToken: token.accessToken }, endsAt: token.expiresAt }
  }
}
