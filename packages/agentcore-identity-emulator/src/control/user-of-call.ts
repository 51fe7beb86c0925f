import type { ParsedBody } from '../aws-protocol/read-input.ts'
import type { EmulatorState } from '../emulator-state.ts'
import type { Principal } from '../identity/principal.ts'
import { unverifiedClaims } from '../identity/unverified-claims.ts'

/** @returns the `sub` of a JWT, or a user id. It may be unverified: no permission may depend on it. */
export function userNamedIn(body: ParsedBody, state: Pick<EmulatorState, 'workloadAccessTokens'>): string | null {
  const { workloadIdentityToken, userIdentifier, ...more } = Object(body?.value) as Record<string, unknown>
  if (typeof workloadIdentityToken === 'string') return userOfToken(workloadIdentityToken, state)
  const { userToken, userId } = { ...more, ...Object(userIdentifier) } as Record<string, unknown>
  if (typeof userToken === 'string') return text(unverifiedClaims(userToken).sub)
  return text(userId)
}

function userOf(principal: Principal): string | null {
  switch (principal.kind) {
    case 'jwt':
      return principal.subject
    case 'user-id':
      return principal.userId
    case 'none':
      return null
  }
}

function userOfToken(
  workloadAccessToken: string,
  { workloadAccessTokens }: Pick<EmulatorState, 'workloadAccessTokens'>,
) {
  try {
    return userOf(workloadAccessTokens.open(workloadAccessToken).principal)
  } catch {
    return null
  }
}

const text = (value: unknown) => (typeof value === 'string' ? value : null)
