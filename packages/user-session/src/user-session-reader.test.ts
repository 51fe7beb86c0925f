import type { UserSession, UserSessionRef } from '@agent-identity/contracts'
import { createLogger } from '@agent-identity/service-runtime'
import { expect, test } from '@jest/globals'
import type { Redis } from 'ioredis'
import { SignedIn } from './current-user-session.ts'
import { keyRing } from './test-support/world.ts'
import { findUserSession } from './user-session-reader.ts'
import { createUserSessions } from './user-sessions.ts'

const ref = 's'.repeat(22) as UserSessionRef
const ENDS_AT = 1_900_000_000_000
const userSession: UserSession = {
  user: { issuer: 'https://issuer.example', subject: 'alice', name: 'Alice' },
  signedInAt: ENDS_AT - 1_000,
  endsAt: ENDS_AT,
  browserHash: 'b',
}

test.each([
  [-1, true],
  [0, false],
  [1, false],
])('a user session whose end is %i ms away is alive: %s, wherever it is looked at', async (after, alive) => {
  const clock = () => ENDS_AT + after
  const found = await findUserSession(async () => userSession, clock)(ref)
  const sessions = createUserSessions({
    redis: {} as Redis,
    userSessionKeys: keyRing('k', 'k'),
    publicUrl: 'https://app.example',
    idleSeconds: 1,
    clock,
    log: createLogger({ service: 'test', level: 'silent' }),
  })
  const request = { session: { signedIn: new SignedIn(ref, userSession) } } as never
  expect([found !== undefined, sessions.current(request) !== undefined]).toEqual([alive, alive])
})
