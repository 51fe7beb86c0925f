import {
  type PendingAuthorization,
  type TurnEvent,
  type UserRef,
  userSessionRefOf,
  type WaiterId,
} from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import { createAuthorization } from './authorization.ts'
import { connectionRecord } from './test-support/connection.ts'
import { asked, requesting, token, user, userSession } from './test-support/requesting.ts'
import { id, record, waiters } from './test-support/settling.ts'

type Dependencies = Parameters<typeof createAuthorization>[0]

function world(signedIn: UserRef | undefined, { isTheirs = true } = {}) {
  const looked: unknown[] = []
  const { ports, requests } = requesting([token])
  const told: [WaiterId, TurnEvent][] = []
  const resumed: WaiterId[] = []
  const connected: unknown[] = []
  const bound = { ...record, owner: user, status: 'bound' } as PendingAuthorization
  const dependencies = {
    ...ports,
    clock: () => record.expiresAt,
    sessions: { find: async () => signedIn && { userRef: signedIn } },
    connections: {
      find: async () => connectionRecord({ scopes: 'repo' }),
      keepForRevocation: async () => undefined,
    },
    accounts: {
      choose: async () => ({ ref: { user, provider: 'github', named: undefined }, record: connectionRecord({}) }),
    },
    withoutConsent: { tokenFor: async () => ({ outcome: 'refused' }) },
    disconnections: { untilRead: async () => true },
    authorizations: {
      ...ports.authorizations,
      read: async () => bound,
      findActive: async () => undefined,
      findUnchecked: async () => undefined,
      waiters: async () => waiters,
      listUnsettled: async () => [],
      removeAll: async () => waiters,
      release: async () => undefined,
      conclude: async () => undefined,
      forgetWaiters: async () => undefined,
      forgetExpiry: async () => undefined,
      lookAgainAt: async () => undefined,
    },
    async connect(consented: unknown) {
      connected.push(consented)
      return { outcome: 'connected', record: connectionRecord({}) }
    },
    waiting: {
      async isOf(...which: unknown[]) {
        looked.push(which)
        return isTheirs
      },
      tell: async (waiter: WaiterId, event: TurnEvent) => void told.push([waiter, event]),
      resume: async (waiter: WaiterId) => void resumed.push(waiter),
    },
  } as unknown as Dependencies
  return { ...createAuthorization(dependencies), requests, told, resumed, connected, looked }
}

const other = 'b'.repeat(22) as UserRef
const notAsked = {
  find: async () => undefined,
  accountAt: async () => undefined,
  keepAccount: async () => ({ named: undefined }),
} as never

describe('a turn', () => {
  const turn = { waiter: waiters[0] as WaiterId, turnId: asked.turnId as never, userSession, user, requestId: 'r' }

  test.each([
    ['is its own user’s', user, 'token'],
    ['is another user’s', other, 'signed-out'],
    ['has ended', undefined, 'signed-out'],
  ])('whose user session %s: %s', async (_what, signedIn, outcome) => {
    const { accessFor, requests } = world(signedIn)
    expect((await accessFor(turn, notAsked).tokenFor('github', ['repo'])).outcome).toBe(outcome)
    expect(requests).toHaveLength(outcome === 'token' ? 1 : 0)
  })
})

describe('what AgentCore has for a bound authorization', () => {
  test('is read while its user is signed in', async () => {
    const { settle, requests, connected } = world(user)
    expect(await settle(id)).toBe('settled')
    expect([requests.length, connected]).toMatchObject([1, [{ user, provider: 'github', userSession }]])
  })

  test.each([
    ['the user session has ended', undefined],
    ['it is another user’s', other],
  ])('is not read when %s, although a workload access token may be cached', async (_when, signedIn) => {
    const { settle, requests, connected, told, resumed } = world(signedIn)
    expect(await settle(id)).toBe('settled')
    expect([requests, connected, resumed]).toEqual([[], [], waiters])
    const data = { authorizationId: id, code: 'failed' }
    expect(told).toEqual(waiters.map((waiter) => [waiter, { event: 'authorization_failed', data }]))
  })
})

test('whether the vault has a token now is read with the scopes of the request, unchanged', async () => {
  const { existingToken, requests } = world(user)
  expect(await existingToken(asked)).toEqual({ outcome: 'token', accessToken: 'a-secret' })
  expect(requests).toMatchObject([{ scopes: ['repo'] }])
})

test('what waits for an authorization is told which one its user has gone on with', async () => {
  const { tellSetAside, told, resumed, looked } = world(user)
  await tellSetAside(id, { owner: user, displayName: 'Google Calendar' } as PendingAuthorization)
  expect(looked).toEqual(waiters.map((waiter) => [waiter, { owner: user, userSession: userSessionRefOf(id) }]))
  const data = { authorizationId: id, instead: { displayName: 'Google Calendar' } }
  expect(told).toEqual(waiters.map((waiter) => [waiter, { event: 'authorization_set_aside', data }]))
  expect(resumed).toEqual([])
})

test('what waits for an authorization and is another user’s is not told that it was set aside', async () => {
  const { tellSetAside, told } = world(user, { isTheirs: false })
  await tellSetAside(id, { owner: user, displayName: 'Google Calendar' } as PendingAuthorization)
  expect(told).toEqual([])
})

test('what waits for the authorizations of a user session that has ended goes on, to end', async () => {
  const { signOut, resumed } = world(undefined)
  await signOut(userSession)
  expect(resumed).toEqual(waiters)
})
