import type { UserRef, UserSessionRef } from '@agent-identity/contracts'
import { expect, test } from '@jest/globals'
import type { CurrentUserSession } from './current-user-session.ts'
import { callOnSignOut, type EndingDeps, endUserSession } from './sign-out.ts'
import { createRecordedLog } from './test-support/recorded-log.ts'
import type { EndedUserSession } from './user-session-records.ts'

const ref = 's'.repeat(22) as UserSessionRef
const userRef = 'u'.repeat(22) as UserRef
const userSession = { ref, userRef } as CurrentUserSession
const actor = { requestId: 'a-request', user: userRef, userSession: ref }

/** `called`: what was called, in order. The issuer never answers. */
function dependencies(onSignOut?: () => Promise<void>) {
  const called: unknown[] = []
  const { log, matching } = createRecordedLog()
  const deps = {
    tokens: { ofEnded: ({ sealedTokens }: EndedUserSession) => ({ refreshToken: `r of ${sealedTokens}` }) },
    sessions: {
      async endFound(ended: CurrentUserSession): Promise<EndedUserSession> {
        called.push(['end', ended])
        return { ref: ended.ref, sealedTokens: 'sealed' }
      },
    },
    audit: (event: object) => void called.push(['audit', event]),
    onSignOut: async (of: UserSessionRef) => {
      called.push(['hook', of])
      await onSignOut?.()
    },
    revocations: {
      revoke(token: string, by: object) {
        called.push(['revoke', token, by])
        return new Promise(() => undefined)
      },
    },
    log,
  } as unknown as EndingDeps
  return { deps, called, matching }
}

test('ends the user session first, then its authorizations, then its grant, and does not wait for the issuer', async () => {
  const { deps, called } = dependencies()
  await endUserSession(deps, userSession, { event: 'signed_out_by_erasure', requestId: 'a-request' })
  expect(called).toEqual([
    ['end', userSession],
    ['audit', { event: 'signed_out_by_erasure', ...actor }],
    ['hook', ref],
    ['revoke', 'r of sealed', actor],
  ])
})

test('a hook that fails does not keep the refresh token, and the log has the cause', async () => {
  const { deps, called, matching } = dependencies(() => Promise.reject(new Error('cannot clean up')))
  await endUserSession(deps, userSession, { event: 'signed_out_by_issuer', requestId: 'a-request' })
  expect(called.at(-1)).toEqual(['revoke', 'r of sealed', actor])
  expect(matching('cannot clean up')).toHaveLength(1)
})

test('a service without a hook has nothing to clean up', async () => {
  const { log, lines } = createRecordedLog()
  await callOnSignOut({ log }, ref, undefined)
  expect(lines).toEqual([])
})

test('a user session that cannot be ended is not in the trail, and keeps its grant', async () => {
  const { deps, called } = dependencies()
  deps.sessions.endFound = () => Promise.reject(new Error('Redis is away'))
  const ending = endUserSession(deps, userSession, { event: 'signed_out_by_issuer', requestId: 'a-request' })
  await expect(ending).rejects.toThrow('Redis is away')
  expect(called).toEqual([])
})
