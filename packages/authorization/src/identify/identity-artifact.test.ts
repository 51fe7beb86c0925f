import type { UserRef, UserSessionRef } from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import { identityArtifacts } from './identity-artifact.ts'

const ref = 's'.repeat(22) as UserSessionRef
const userSession = {
  ref,
  user: { issuer: 'https://issuer.example', subject: 'alice', name: 'Alice' },
  userRef: 'a'.repeat(22) as UserRef,
  signedInAt: 1,
  endsAt: 5_000,
  browserHash: 'b',
}

function world(mode: 'jwt' | 'user-id', { signedIn = true, token = true } = {}) {
  const asked: unknown[] = []
  const artifactFor = identityArtifacts({
    mode,
    userIdPrefix: 'cognito',
    minimumSeconds: 660,
    sessions: { find: async () => (signedIn ? (userSession as never) : undefined) },
    userTokens: {
      async accessToken(...request) {
        asked.push(request)
        return token ? { outcome: 'token', accessToken: 'a.user.token', expiresAt: 4_000 } : { outcome: 'unavailable' }
      },
    },
  })
  return { asked, artifactFor }
}

describe('the identity artifact', () => {
  test.each(['jwt', 'user-id'] as const)('is absent after the user session has ended, in mode %s', async (mode) => {
    const { asked, artifactFor } = world(mode, { signedIn: false })
    expect(await artifactFor(ref)).toBe('signed-out')
    expect(asked).toEqual([])
  })

  test('in mode user-id has the issuer’s prefix, so that a subject of another issuer is another user', async () => {
    const { asked, artifactFor } = world('user-id')
    expect(await artifactFor(ref)).toEqual({ artifact: { kind: 'user-id', userId: 'cognito+alice' }, endsAt: 5_000 })
    expect(asked).toEqual([])
  })

  test('in mode jwt is the user’s own token with enough lifetime, and not an identifier', async () => {
    const { asked, artifactFor } = world('jwt')
    expect(await artifactFor(ref)).toEqual({ artifact: { kind: 'jwt', userToken: 'a.user.token' }, endsAt: 4_000 })
    expect(asked).toEqual([[ref, { minimumSeconds: 660 }]])
    expect(await world('jwt', { token: false }).artifactFor(ref)).toBe('unavailable')
  })
})
