import { expect, test } from '@jest/globals'
import { readTokens } from './revocation-steps.ts'

test('a token that the vendor cannot end is not kept: only the time of its end is', async () => {
  const before = { requestId: 'r', since: 1, toForget: [], tokens: [], notConfirmed: 0, userSession: 's' }
  const said: unknown[] = []
  const next = await readTokens({ ...before, toRead: [{ scopes: 'read', parameters: {} }] } as never, {
    ref: { user: 'u' as never, provider: 'microsoft', named: undefined },
    way: { by: 'impossible', accessTokenSeconds: 60 },
    vault: { read: async () => ({ outcome: 'token', accessToken: 'the-token' }), forget: async () => 'forgotten' },
    revoke: async () => 'refused',
    isConsentingNow: async () => false,
    isInUse: async () => false,
    audit: (event) => void said.push(event),
    clock: () => 1_000,
  })
  expect(JSON.stringify(next)).not.toContain('the-token')
  expect(next).toMatchObject({ tokens: [], notConfirmed: 1, tokenEndsAt: 61_000 })
  expect(said).toMatchObject([{ event: 'revocation_prepared', tokens: 1 }])
})
