import type { WithoutConsentOutcome, WithoutConsentRequest } from '@agent-identity/agentcore-identity'
import type { AuditEvent, IdentityArtifact, UserRef, UserSessionRef } from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import { OFFERED } from '../test-support/offered.ts'
import { createAccessWithoutConsent, needsNoConsent, type WithoutConsent } from './access-without-consent.ts'

const person = (letter: string) => ({
  userSession: letter.repeat(22) as UserSessionRef,
  user: letter.toUpperCase().repeat(22) as UserRef,
  requestId: `request-of-${letter}`,
})
const ALICE = person('a')
const BOB = person('b')
const JWT: IdentityArtifact = { kind: 'jwt', userToken: 'h.p.s' }

function provider(id: string): WithoutConsent {
  const found = OFFERED.get(id)
  if (!found || !needsNoConsent(found)) throw new Error(`${id} needs a consent`)
  return found
}
const HOURS = provider('hours')
const STATUS = provider('status')
const STOCK = provider('stock')

/** By default, each access token contains the workload access token of its request. */
function world(artifact: IdentityArtifact = JWT) {
  const time = { now: 1_000_000 }
  const requests: WithoutConsentRequest[] = []
  const audited: AuditEvent[] = []
  const answers: WithoutConsentOutcome[] = []
  const dropped: UserSessionRef[] = []
  let mints = 0
  let hold: Promise<void> | undefined
  const access = createAccessWithoutConsent({
    identity: {
      async mintWithoutUser() {
        mints += 1
        return { outcome: 'minted', workloadAccessToken: `workload ${mints}` }
      },
      async requestWithoutConsent(request) {
        requests.push(request)
        await hold
        return (
          answers.shift() ?? {
            outcome: 'token',
            accessToken: `${request.credential} ${requests.length} by ${request.workloadAccessToken}`,
          }
        )
      },
    },
    workloadAccessTokens: {
      get: async ({ userSession }) => ({ outcome: 'minted', workloadAccessToken: `wat of ${userSession}`, artifact }),
      drop: (ref) => void dropped.push(ref),
    },
    workloadTokenSeconds: 600,
    ttlSeconds: 300,
    audit: (event) => void audited.push(event),
    clock: () => time.now,
  })
  const holding = () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    hold = promise
    return resolve
  }
  return { access, time, requests, audited, answers, dropped, holding, mints: () => mints }
}

const read = ['hours:read']

describe('on behalf of a user', () => {
  test('each gets a token of their own, by their own workload access token, and never another one’s', async () => {
    const { access, requests, mints } = world()
    const tokens = [
      await access.tokenFor(ALICE, HOURS, read),
      await access.tokenFor(BOB, HOURS, read),
      await access.tokenFor(ALICE, HOURS, read),
      await access.tokenFor(BOB, HOURS, read),
    ]
    expect(tokens.map((token) => 'accessToken' in token && token.accessToken)).toEqual([
      `on-behalf-of 1 by wat of ${ALICE.userSession}`,
      `on-behalf-of 2 by wat of ${BOB.userSession}`,
      `on-behalf-of 1 by wat of ${ALICE.userSession}`,
      `on-behalf-of 2 by wat of ${BOB.userSession}`,
    ])
    expect(requests).toHaveLength(2)
    expect(mints()).toBe(0)
  })

  test('another user in the same user session, other scopes and another user session are requested again', async () => {
    const { access, requests } = world()
    await access.tokenFor(ALICE, HOURS, read)
    await access.tokenFor({ ...ALICE, user: BOB.user }, HOURS, read)
    await access.tokenFor({ ...ALICE, userSession: BOB.userSession }, HOURS, read)
    await access.tokenFor(ALICE, HOURS, ['hours:read', 'hours:write'])
    expect(requests).toHaveLength(4)
  })

  test('signing out drops the tokens of this user session only, also one that is being requested', async () => {
    const { access, requests, holding } = world()
    await access.tokenFor(BOB, HOURS, read)
    const release = holding()
    const underWay = access.tokenFor(ALICE, HOURS, read)
    access.drop(ALICE.userSession)
    release()
    await underWay
    await access.tokenFor(ALICE, HOURS, read)
    access.drop(ALICE.userSession)
    await access.tokenFor(ALICE, HOURS, read)
    await access.tokenFor(BOB, HOURS, read)
    expect(requests.map(({ workloadAccessToken }) => workloadAccessToken.at(-1))).toEqual(['b', 'a', 'a', 'a'])
  })

  test('a user id cannot be exchanged: AgentCore is not asked for the exchange', async () => {
    const { access, requests } = world({ kind: 'user-id', userId: 'cognito+alice' })
    expect(await access.tokenFor(ALICE, HOURS, read)).toEqual({ outcome: 'refused' })
    expect(requests).toEqual([])
  })
})

describe('of the agent', () => {
  test.each([
    ['a machine’s token', STATUS, ['status:read']],
    ['an API key', STOCK, ['stock:read']],
  ])(
    '%s is the same for all users, requested without a user, and cached for as long as the configuration says',
    async (_what, one, scopes) => {
      const { access, time, requests, mints } = world()
      const first = await access.tokenFor(ALICE, one, scopes)
      expect(first).toEqual({ outcome: 'token', accessToken: `${one.credential} 1 by workload 1` })
      time.now += 299_999
      access.drop(ALICE.userSession)
      expect(await access.tokenFor(BOB, one, scopes)).toEqual(first)
      time.now += 1
      expect(await access.tokenFor(BOB, one, scopes)).not.toEqual(first)
      expect(requests).toHaveLength(2)
      expect(mints()).toBe(1)
    },
  )

  test('two users at the same time cause one request', async () => {
    const { access, requests } = world()
    const both = [access.tokenFor(ALICE, STATUS, ['status:read']), access.tokenFor(BOB, STATUS, ['status:read'])]
    const [one, other] = await Promise.all(both)
    expect(one).toEqual(other)
    expect(requests).toHaveLength(1)
  })
})

describe('a cached token', () => {
  test('expires a minute before the token, if its expiry is known', async () => {
    const { access, time, answers, requests } = world()
    const soon = { outcome: 'token', accessToken: 'x', endsAt: time.now + 90_000 } as const
    answers.push(soon, { ...soon, endsAt: time.now + 60_000 })
    await access.tokenFor(ALICE, STATUS, ['status:read'])
    time.now += 29_999
    await access.tokenFor(ALICE, STATUS, ['status:read'])
    expect(requests).toHaveLength(1)
    time.now += 1
    for (let time = 0; time < 2; time += 1) await access.tokenFor(ALICE, STATUS, ['status:read'])
    expect(requests).toHaveLength(3)
  })

  test('is dropped when the resource rejects it, and AgentCore is told not to answer with a cached one', async () => {
    const { access, requests } = world()
    await access.tokenFor(ALICE, HOURS, read)
    const replaced = await access.tokenFor(ALICE, HOURS, read, 'rejected')
    expect(await access.tokenFor(ALICE, HOURS, read)).toEqual(replaced)
    expect(requests.map(({ forceAuthentication }) => forceAuthentication)).toEqual([false, true])
  })

  test.each(['refused', 'unavailable'] as const)('does not exist after a request that was %s', async (outcome) => {
    const { access, answers, requests } = world()
    answers.push({ outcome })
    expect(await access.tokenFor(ALICE, STOCK, ['stock:read'])).toEqual({ outcome })
    expect(await access.tokenFor(ALICE, STOCK, ['stock:read'])).toMatchObject({ outcome: 'token' })
    expect(requests).toHaveLength(2)
  })
})

test('a workload access token that AgentCore no longer takes is minted again, once, with the user or without one', async () => {
  const { access, answers, dropped, mints } = world()
  const rejected = { outcome: 'workload-access-token-rejected' } as const
  answers.push(rejected)
  expect(await access.tokenFor(ALICE, HOURS, read)).toMatchObject({ outcome: 'token' })
  answers.push(rejected)
  expect(await access.tokenFor(ALICE, STATUS, ['status:read'])).toMatchObject({ outcome: 'token' })
  expect([dropped, mints()]).toEqual([[ALICE.userSession], 2])
  answers.push(rejected, rejected)
  expect(await access.tokenFor(ALICE, STOCK, ['stock:read'])).toEqual({ outcome: 'unavailable' })
})

test('refuses a provider with consent, and a scope that the catalogue does not have', async () => {
  const { access, requests, mints } = world()
  const github = OFFERED.get('github') as WithoutConsent
  expect(await access.tokenFor(ALICE, github, ['repo'])).toEqual({ outcome: 'not-offered' })
  expect(await access.tokenFor(ALICE, STATUS, ['admin'])).toEqual({ outcome: 'not-offered' })
  expect([requests, mints()]).toEqual([[], 0])
})

test('the audit trail names the user, the request and the kind of credential; a cached token adds no line', async () => {
  const { access, audited } = world()
  for (const [one, scopes] of [
    [HOURS, read] as const,
    [STATUS, ['status:read']] as const,
    [STOCK, ['stock:read']] as const,
  ])
    for (let time = 0; time < 2; time += 1) await access.tokenFor(ALICE, one, scopes)
  const { user, userSession, requestId } = ALICE
  const line = (provider: string, credential: string, scope: string) =>
    expect.objectContaining({
      event: 'token_obtained',
      user,
      userSession,
      requestId,
      provider,
      credential,
      scopes: [scope],
    })
  expect(audited).toEqual([
    line('hours', 'on-behalf-of', 'hours:read'),
    expect.objectContaining({
      event: 'workload_access_token_minted',
      user,
      userSession,
      requestId,
      identityArtifact: 'none',
    }),
    line('status', 'machine', 'status:read'),
    line('stock', 'api-key', 'stock:read'),
  ])
  expect(JSON.stringify(audited)).not.toMatch(/ by w/)
})
