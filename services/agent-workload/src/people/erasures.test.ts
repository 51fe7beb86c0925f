import type { StoredErasure } from '@agent-identity/authorization'
import type {
  AuthorizationId,
  ConnectionRecord,
  Erasure,
  OfferedProviders,
  PendingAuthorization,
  UserRef,
  UserSessionRef,
} from '@agent-identity/contracts'
import type { CurrentUserSession } from '@agent-identity/user-session'
import { describe, expect, test } from '@jest/globals'
import type { ErasurePorts } from './erasure-ports.ts'
import { createErasures } from './erasures.ts'

const ALICE = 'a'.repeat(22) as UserRef
const REF = 's'.repeat(22) as UserSessionRef
const NEW_REF = 'n'.repeat(22) as UserSessionRef
const AUTHORIZATION = `${REF}.${'x'.repeat(22)}` as AuthorizationId
const NOW = 1_900_000_000_000

const sessionOf = (ref: UserSessionRef, signedInAt: number) =>
  ({ ref, userRef: ALICE, signedInAt }) as CurrentUserSession

class Killed extends Error {}
class Failed extends Error {}

/** Everything that a user has, in memory. `killAt` is the number of the call at which the process dies, `failing` the name of a step that does. */
function world(options: { killAt?: number; vendorIsAway?: boolean; failing?: string } = {}) {
  const steps: string[] = []
  const audited: string[] = []
  const state = {
    mark: undefined as StoredErasure | undefined,
    due: undefined as number | undefined,
    userSessions: [sessionOf(REF, NOW - 1_000)],
    connection: { status: 'connected', connectedAt: NOW - 5_000, account: 'alice' } as
      | Partial<ConnectionRecord>
      | undefined,
    authorizations: [AUTHORIZATION],
    conversations: ['c1', 'c2'],
    choices: 1,
    now: NOW,
  }
  let calls = 0
  let versions = 0
  const killAt = { call: options.killAt ?? Number.POSITIVE_INFINITY }
  /** A process may die before or after what it asked Redis for: the next call is "after". */
  const step = (name: string) => {
    calls += 1
    if (calls >= killAt.call) throw new Killed(name)
    if (options.failing && name.startsWith(options.failing)) throw new Failed(name)
    steps.push(name)
  }
  const ports: ErasurePorts = {
    records: {
      read: async () => state.mark,
      async write(_user: UserRef, seen: typeof state.mark, erasure: Erasure) {
        step(`mark ${erasure.state}`)
        if (seen?.stored !== state.mark?.stored) return undefined
        versions += 1
        state.mark = { erasure, stored: String(versions) }
        return state.mark
      },
      isErasedSince: async () => false,
    } as never,
    due: {
      async lookAt(_id: UserRef, at: number) {
        step('due')
        state.due = at
      },
      async settle(_id: UserRef, settle: () => Promise<'settled' | { later: number }>) {
        const result = await settle()
        if (result === 'settled') state.due = undefined
        return result
      },
    } as never,
    offered: new Map([['github', { id: 'github', credential: 'user' }]]) as unknown as OfferedProviders,
    connections: {
      refsOf: async (user, provider) => [{ user, provider, named: undefined }],
      find: async () => state.connection as ConnectionRecord | undefined,
      async disconnect({ userSession }) {
        step(`disconnect in the name of ${userSession ?? 'no user session'}`)
        if (userSession) expect(state.userSessions.map(({ ref }) => ref)).toContain(userSession)
        state.connection = { ...state.connection, status: options.vendorIsAway ? 'disconnecting' : 'disconnected' }
        return state.connection as ConnectionRecord
      },
      async latchAbsent(_user, provider) {
        step(`latch ${provider}`)
      },
      async forgetDetails() {
        step('forget the account')
        if (state.connection?.status === 'disconnecting') return 'later'
        const { account: _account, ...rest } = state.connection ?? {}
        state.connection = rest
        return 'forgotten'
      },
    },
    authorizations: {
      listOfUser: async () =>
        state.authorizations.map((id) => ({
          id,
          record: { provider: 'github', createdAt: NOW - 500 } as PendingAuthorization,
        })),
      async forgetOfUser(_user, id) {
        step('forget an authorization')
        state.authorizations = state.authorizations.filter((one) => one !== id)
      },
    },
    userSessions: {
      find: async (ref) => state.userSessions.find((one) => one.ref === ref),
      ofUser: async () => state.userSessions,
      async end({ ref }) {
        step(`sign out ${ref}`)
        state.userSessions = state.userSessions.filter((one) => one.ref !== ref)
      },
      async onEnded() {
        state.authorizations = []
        step('after the sign-out')
      },
    },
    conversations: {
      list: async () => state.conversations as never,
      async erase(id) {
        step(`erase ${id}`)
        state.conversations = state.conversations.filter((one) => one !== id)
        return true
      },
    },
    recordsOfUser: {
      async erase() {
        step('erase choices')
        state.choices = 0
      },
    },
    audit: ({ event }) => void audited.push(event),
    clock: () => state.now,
  }
  const actor = { ref: REF, userRef: ALICE }
  const erasures = createErasures(ports)
  return {
    ...{ state, steps, audited, killAt, erasures, ports },
    end: () => erasures.end({ user: ALICE, by: 'user', actor, requestId: 'r' }),
    endBy: (administrator: typeof actor) =>
      erasures.end({ user: ALICE, by: 'administrator', actor: administrator, requestId: 'r' }),
  }
}

const OVER = {
  mark: expect.objectContaining({ erasure: { endedAt: NOW, by: 'user', requestId: 'r', state: 'over' } }),
  due: undefined,
  userSessions: [],
  connection: { status: 'disconnected', connectedAt: NOW - 5_000 },
  authorizations: [],
  conversations: [],
  choices: 0,
}

test('what is due comes first, then the mark, the latch in the name of a living user session, the sign-out, and the records', async () => {
  const { state, steps, audited, end } = world()
  await end()
  expect(steps).toEqual([
    'due',
    'mark begun',
    `disconnect in the name of ${REF}`,
    `sign out ${REF}`,
    'after the sign-out',
    'forget an authorization',
    'erase choices',
    'erase c1',
    'erase c2',
    'mark erased',
    'forget the account',
    'mark over',
  ])
  expect(audited).toEqual(['erasure_asked', 'user_erased'])
  expect(state).toMatchObject(OVER)
})

test('a process that dies at any step is followed by another one, which leaves nothing behind', async () => {
  for (let killAt = 1; killAt <= 12; killAt++) {
    const { state, killAt: kill, erasures, end } = world({ killAt })
    await expect(end()).rejects.toThrow(Killed)
    kill.call = Number.POSITIVE_INFINITY
    if (state.mark === undefined) {
      // Nothing has begun, and the user was told that it did not work.
      expect(state.userSessions).toHaveLength(1)
      continue
    }
    expect(state.due).toBeDefined()
    await erasures.settle(ALICE)
    expect([killAt, state]).toEqual([killAt, expect.objectContaining(OVER)])
  }
})

test('what a user session connects while a vendor is waited for is ended after the sign-out', async () => {
  const { state, steps, end, ports } = world()
  const { disconnect } = ports.connections
  ports.connections.disconnect = async (who) => {
    const ended = await disconnect(who)
    if (who.userSession) state.connection = { status: 'connected', connectedAt: NOW + 1 }
    return ended
  }
  await end()
  expect(steps.filter((step) => /disconnect|sign out/.test(step))).toEqual([
    `disconnect in the name of ${REF}`,
    `sign out ${REF}`,
    'disconnect in the name of no user session',
  ])
  expect(state.connection?.status).toBe('disconnected')
})

test('where there is no record of a connection there is a latch', async () => {
  const { state, steps, end } = world()
  state.connection = undefined
  state.authorizations = []
  await end()
  expect(steps.filter((step) => /connect|latch/.test(step))).toEqual(['latch github', 'latch github'])
})

describe('a mark that was written', () => {
  const OLDER = { erasure: { endedAt: NOW - 9, by: 'user', requestId: 'o', state: 'over' }, stored: 'o' } as const
  const UNREADABLE = { erasure: { ...OLDER.erasure, endedAt: NOW * 2 }, stored: 'u', isUnreadable: true } as const

  test.each([
    ['is lost', undefined],
    ['does not open', UNREADABLE],
    ['is an older one', OLDER],
  ] as const)(
    'and then %s is written again: who asked is not told "ended" while nothing was erased',
    async (_what, put) => {
      const { state, ports, end } = world()
      const { write } = ports.records
      let isPut = false
      ports.records.write = async (...change) => {
        const written = await write(...change)
        if (!isPut) state.mark = put
        isPut = true
        return written
      }
      await end()
      expect(state).toMatchObject(OVER)
    },
  )

  test('and does not stay is an error', async () => {
    const { state, ports, end } = world()
    const { write } = ports.records
    ports.records.write = async (...change) => {
      const written = await write(...change)
      state.mark = undefined
      return written
    }
    await expect(end()).rejects.toThrow('does not stay')
    expect(state.due).toBeDefined()
  })

  test('and does not open when another replica goes on counts as begun now', async () => {
    const { state, erasures, audited } = world()
    state.mark = UNREADABLE
    state.due = NOW
    await erasures.settle(ALICE)
    expect([state.mark, audited, state.due]).toMatchObject([
      { erasure: { state: 'over', endedAt: NOW } },
      ['user_erased'],
      undefined,
    ])
  })
})

describe('a repetition', () => {
  test('ends what a user session has connected after the mark: until it is done, its user cannot sign in again', async () => {
    const { state, killAt, erasures, end } = world({ killAt: 5 })
    await expect(end()).rejects.toThrow(Killed)
    killAt.call = Number.POSITIVE_INFINITY
    state.connection = { status: 'connected', connectedAt: NOW + 2, account: 'alice' }
    await erasures.settle(ALICE)
    expect(state.connection).toMatchObject({ status: 'disconnected' })
  })

  test('of what is over does nothing, also at the same time', async () => {
    const { state, steps, audited, erasures, end } = world()
    await Promise.all([end(), end()])
    expect(state).toMatchObject(OVER)
    expect(audited.filter((event) => event === 'user_erased').length).toBeLessThanOrEqual(2)
    const before = steps.length
    expect(await erasures.settle(ALICE)).toBe('settled')
    expect(steps.length).toBe(before)
  })
})

test.each(['disconnect', 'sign out', 'after', 'forget an', 'erase choices', 'erase c1'])(
  'a step that fails (%s) does not stand in the way of the others, and keeps the whole due',
  async (failing) => {
    const all = world()
    await all.end()
    const later = ['mark erased', 'forget the account', 'mark over']
    const { state, steps, audited, end } = world({ failing })
    await expect(end()).rejects.toThrow(Failed)
    expect(steps).toEqual(all.steps.filter((step) => !step.startsWith(failing) && !later.includes(step)))
    expect([state.mark?.erasure.state, state.due, audited]).toEqual(['begun', NOW + 30_000, ['erasure_asked']])
  },
)

test('a vendor that has not answered keeps the work due, and the account’s name, until it has', async () => {
  const { state, audited, erasures, end } = world({ vendorIsAway: true })
  await end()
  expect(audited).toEqual(['erasure_asked', 'user_erased'])
  expect(state).toMatchObject({
    mark: { erasure: { state: 'erased' } },
    due: NOW + 30_000,
    connection: { account: 'alice' },
  })
  state.connection = { ...state.connection, status: 'disconnected' }
  await erasures.settle(ALICE)
  expect(state).toMatchObject(OVER)
})

test('a user who is not signed in is ended in the name of no user session', async () => {
  const { state, steps, endBy } = world()
  state.userSessions = []
  await endBy({ ref: NEW_REF, userRef: 'b'.repeat(22) as UserRef })
  expect(steps).toContain('disconnect in the name of no user session')
  expect(state.mark?.erasure).toMatchObject({ by: 'administrator', state: 'over' })
})
