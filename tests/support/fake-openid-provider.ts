import type { IdentityArtifact, User } from '@agent-identity/contracts'
import { randomToken } from '@agent-identity/service-runtime'
import type { OidcClient } from '@agent-identity/user-session'

export const ISSUER = 'https://issuer.example'

/** Each authorization code is the name of the user who returns with it. */
export const openIdProvider: OidcClient = {
  authorizationUrl: async ({ state }) => `${ISSUER}/?state=${state}`,
  async exchangeCode(answer) {
    const subject = answer.get('code') ?? ''
    const user: User = { issuer: ISSUER, subject, name: subject }
    return { outcome: 'signed-in', facts: {}, issuedAt: Date.now(), user, tokens: tokensOf(subject) }
  },
  refresh: async ({ refreshToken }) => ({ outcome: 'refreshed', tokens: tokensOf(refreshToken) }),
  revoke: async () => 'revoked',
  signOutUrl: async () => undefined,
  readLogoutToken: async () => ({ refused: 'not-a-logout-token' }),
}

const tokensOf = (subject: string) => ({
  accessToken: `${subject}.${randomToken(8)}`,
  expiresInSeconds: 900,
  refreshToken: subject,
  idToken: `id token of ${subject}`,
})

export function userOf(artifact: IdentityArtifact): string {
  return artifact.kind === 'jwt' ? (artifact.userToken.split('.')[0] ?? '') : artifact.userId
}
