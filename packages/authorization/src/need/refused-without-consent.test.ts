import type { MintOutcome, WithoutConsentRequest } from '@agent-identity/agentcore-identity'
import type { UserRef, UserSessionRef } from '@agent-identity/contracts'
import { expect, test } from '@jest/globals'
import type { AuditedWorkloadAccessTokens } from '../identify/audited-minting.ts'
import { OFFERED } from '../test-support/offered.ts'
import { createAccessWithoutConsent, needsNoConsent, type WithoutConsent } from './access-without-consent.ts'

const ALICE = { userSession: 's'.repeat(22) as UserSessionRef, user: 'a'.repeat(22) as UserRef, requestId: 'r' }

function provider(id: string): WithoutConsent {
  const found = OFFERED.get(id)
  if (!found || !needsNoConsent(found)) throw new Error(`${id} needs a consent`)
  return found
}
const [HOURS, STATUS, STOCK] = [provider('hours'), provider('status'), provider('stock')]

function world(
  given: { withoutUser?: MintOutcome; ofUser?: Awaited<ReturnType<AuditedWorkloadAccessTokens['get']>> } = {},
) {
  const requests: WithoutConsentRequest[] = []
  const audited: unknown[] = []
  const access = createAccessWithoutConsent({
    identity: {
      mintWithoutUser: async () => given.withoutUser ?? { outcome: 'minted', workloadAccessToken: 'w' },
      async requestWithoutConsent(request) {
        requests.push(request)
        return { outcome: 'token', accessToken: `token ${requests.length}` }
      },
    },
    workloadAccessTokens: { get: async () => given.ofUser ?? { outcome: 'unavailable' }, drop: () => undefined },
    workloadTokenSeconds: 600,
    ttlSeconds: 300,
    audit: (event) => void audited.push(event),
    clock: () => 1_000_000,
  })
  return { access, requests, audited }
}

test.each([
  ['refused', 'refused'],
  ['unavailable', 'unavailable'],
] as const)('without a workload access token of the agent nothing is asked for: %s', async (withoutUser, outcome) => {
  const { access, requests, audited } = world({ withoutUser: { outcome: withoutUser } })
  expect(await access.tokenFor(ALICE, STATUS, ['status:read'])).toEqual({ outcome })
  expect([requests, audited]).toEqual([[], []])
})

test.each(['signed-out', 'refused', 'unavailable'] as const)(
  'without a workload access token of the user nothing is exchanged: %s',
  async (outcome) => {
    const { access, requests } = world({ ofUser: { outcome } })
    expect(await access.tokenFor(ALICE, HOURS, ['hours:read'])).toEqual({ outcome })
    expect(requests).toEqual([])
  },
)

test('one scope that the catalogue does not have refuses the others, too', async () => {
  const { access, requests } = world()
  expect(await access.tokenFor(ALICE, STATUS, ['status:read', 'admin'])).toEqual({ outcome: 'not-offered' })
  expect(requests).toEqual([])
})

test('an API key is one for all scopes, and what the resource rejects is dropped alone', async () => {
  const { access, requests } = world()
  const key = await access.tokenFor(ALICE, STOCK, ['stock:read'])
  expect(await access.tokenFor(ALICE, STOCK, [])).toEqual(key)
  await access.tokenFor(ALICE, STATUS, ['status:read'], 'rejected')
  expect(await access.tokenFor(ALICE, STOCK, ['stock:read'])).toEqual(key)
  expect(requests).toHaveLength(2)
})
