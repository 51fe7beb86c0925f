import type { UserRef, UserSessionRef } from '@agent-identity/contracts'
import { expect, test } from '@jest/globals'
import type { Request, Response } from 'express'
import type { CurrentUserSession } from './current-user-session.ts'
import type { SignInDeps } from './sign-in-deps.ts'
import { signOut } from './sign-out.ts'
import type { EndedUserSession } from './user-session-records.ts'

const userSession = { ref: 's'.repeat(22) as UserSessionRef, userRef: 'u'.repeat(22) as UserRef } as CurrentUserSession

async function steps(current: CurrentUserSession | undefined) {
  const done: string[] = []
  const deps = {
    publicUrl: 'https://agent.example.com',
    sessions: {
      current: () => current,
      async end() {
        if (!current) return undefined
        done.push('ended')
        return { ref: current.ref, sealedTokens: 'sealed' }
      },
    },
    tokens: { ofEnded: ({ sealedTokens }: EndedUserSession) => ({ refreshToken: `r of ${sealedTokens}` }) },
    revocations: {
      async revoke(refreshToken: string) {
        // It takes longer than any step here, without a timer.
        for (let turns = 0; turns < 50; turns++) await undefined
        done.push(`revoked ${refreshToken}`)
      },
    },
    oidc: { signOutUrl: async () => undefined },
    audit: ({ event }: { event: string }) => void done.push(event),
  } as unknown as SignInDeps
  const response = {
    clearCookie: () => undefined,
    redirect: (_status: number, to: string) => void done.push(to),
  } as unknown as Response
  await signOut(deps)({ id: 'a-request' } as unknown as Request, response, () => undefined)
  return done
}

test('a user waits for the revocation, so that the trail has its answer before the browser goes on', async () => {
  expect(await steps(userSession)).toEqual([
    ...['ended', 'signed_out', 'revoked r of sealed'],
    'https://agent.example.com/auth/signed-out',
  ])
})

test('without a user session nothing is ended, and nothing is in the trail', async () => {
  expect(await steps(undefined)).toEqual(['https://agent.example.com/auth/signed-out'])
})
