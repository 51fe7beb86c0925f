import type { EmulatorState } from '../emulator-state.ts'
import type { Principal } from '../identity/principal.ts'
import { unverifiedClaims } from '../identity/unverified-claims.ts'

/**
 * The user that a request names: the `sub` of a JWT, or a user id. For the list of calls only: a request that is refused
 * names its user too, so nothing may be decided by this.
 */
export function userNamedIn(body: Uint8Array, state: Pick<EmulatorState, 'workloadAccessTokens'>): string | null {
  const { workloadIdentityToken, userIdentifier, ...more } = membersOf(body)
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

function membersOf(body: Uint8Array): Record<string, unknown> {
  try {
    return Object(JSON.parse(new TextDecoder().decode(body)))
  } catch {
    return {}
  }
}

const text = (value: unknown) => (typeof value === 'string' ? value : null)
