import type { UserRef, UserSessionRef } from '@agent-identity/contracts'
import type { CurrentUserSession } from '@agent-identity/user-session'
import { describe, expect, test } from '@jest/globals'
import { CLAIM_MS } from './erasure-claim.ts'
import { ALICE, authorizationOf, Failed, Killed, NEW_REF, NOW, OVER, REF, world } from './test-support/erasing.ts'

test('what is due comes first, then the mark, the ends in the name of a living user session, the sign-out, and the records', async () => {
  const { state, steps, audited, end } = world()
  await end()
  expect(steps).toEqual([
    'due',
    'mark begun',
    `end github in the name of ${REF}`,
    'settle a start that is bound',
    'wait 30000 ms for the tokens of github',
    `sign out ${REF}`,
    'after the sign-out',
    'erase the authorizations',
    'erase choices',
    'erase c1',
    'erase c2',
    'mark erased',
    'forget the accounts of github',
    'mark over',
  ])
  expect(audited).toEqual(['erasure_asked', 'user_erased'])
  expect(state).toMatchObject(OVER)
})

test('a process that dies at any step is followed by another one, which leaves nothing behind', async () => {
  for (let killAt = 1; killAt <= 17; killAt++) {
    const { state, killAt: kill, erasures, end } = world({ killAt })
    await expect(end()).rejects.toThrow(Killed)
    kill.call = Number.POSITIVE_INFINITY
    if (state.mark === undefined) {
      expect(state.userSessions).toHaveLength(1)
      continue
    }
    expect(state.due).toBeDefined()
    state.now += CLAIM_MS
    await erasures.settle(ALICE)
    expect([killAt, state]).toEqual([killAt, expect.objectContaining(OVER)])
  }
})

test('a process that dies before the mark says that all is erased has said so in the trail; the next one says it again', async () => {
  const { state, audited, erasures, end, ports } = world()
  const { write } = ports.records
  ports.records.write = async (user, seen, erasure) => {
    if (erasure.state !== 'erased') return write(user, seen, erasure)
    ports.records.write = write
    throw new Killed()
  }
  await expect(end()).rejects.toThrow(Killed)
  expect([state.mark?.erasure.state, audited]).toEqual(['begun', ['erasure_asked', 'user_erased']])
  state.now += CLAIM_MS
  await erasures.settle(ALICE)
  expect([state, audited]).toEqual([expect.objectContaining(OVER), ['erasure_asked', 'user_erased', 'user_erased']])
})

test('a replica whose mark was replaced says nothing: the other one does', async () => {
  const { state, audited, erasures, ports } = world()
  state.mark = { erasure: { endedAt: NOW, by: 'user', requestId: 'r', state: 'begun' }, stored: 'a mark' }
  const { erase } = ports.conversations
  ports.conversations.erase = async (...which) => {
    if (state.mark) state.mark = { ...state.mark, stored: 'another' }
    return erase(...which)
  }
  expect(await erasures.settle(ALICE)).toEqual({ later: NOW + CLAIM_MS })
  expect(audited).toEqual([])
  ports.conversations.erase = erase
  state.now += CLAIM_MS
  await erasures.settle(ALICE)
  expect([state, audited]).toEqual([expect.objectContaining({ ...OVER, mark: expect.anything() }), ['user_erased']])
})

test('what a user session asks for while it is ended is erased, too', async () => {
  const { state, end, ports } = world()
  const endOne = ports.connections.end
  ports.connections.end = async (...which) => {
    state.authorizations.push(authorizationOf('b'))
    return endOne(...which)
  }
  ports.userSessions.onEnded = async () => undefined
  await end()
  expect(state.authorizations).toEqual([])
})

describe('a consent that AgentCore is completing', () => {
  const binding = { status: 'binding', bindingEndsAt: NOW + 40_000 } as const

  test('is waited for and settled before the sign-out, so that its token is cleared', async () => {
    const { steps, end } = world({
      start: binding,
      answer(state) {
        state.start = { status: 'bound' }
      },
    })
    await end()
    const from = steps.findIndex((step) => step.startsWith('end '))
    expect(steps.slice(from, from + 5)).toEqual([
      `end github in the name of ${REF}`,
      'wait 30000 ms for AgentCore',
      'settle a start that is bound',
      'wait 30000 ms for the tokens of github',
      `sign out ${REF}`,
    ])
  })

  test('is waited for until its time is over', async () => {
    const { steps, end } = world({ start: { ...binding, bindingEndsAt: NOW + 5 } })
    await end()
    expect(steps).toContain('wait 5 ms for AgentCore')
  })

  test('whose time is over is not waited for', async () => {
    const { steps, end } = world({ start: { ...binding, bindingEndsAt: NOW } })
    await end()
    expect(steps.filter((step) => /AgentCore|settle/.test(step))).toEqual(['settle a start that is binding'])
  })
})

test('what a user session connects while a vendor is waited for is ended after the sign-out', async () => {
  const { state, steps, end, ports } = world()
  const endOne = ports.connections.end
  ports.connections.end = async (who, provider) => {
    const ended = await endOne(who, provider)
    if (who.userSession) state.connection = { status: 'connected', since: NOW + 1 }
    return ended
  }
  await end()
  expect(steps.filter((step) => /^end |sign out/.test(step))).toEqual([
    `end github in the name of ${REF}`,
    `sign out ${REF}`,
    'end github in the name of no user session',
  ])
  expect(state.connection?.status).toBe('disconnected')
})

test('where nothing is connected, no consent from before connects either', async () => {
  const { state, steps, end } = world()
  state.connection = undefined
  await end()
  expect(steps.filter((step) => step.startsWith('end '))).toEqual([`end github in the name of ${REF}`])
})

describe('a repetition', () => {
  test('ends what a user session has connected after the mark: until it is done, its user cannot sign in again', async () => {
    const { state, killAt, erasures, end } = world({ killAt: 6 })
    await expect(end()).rejects.toThrow(Killed)
    killAt.call = Number.POSITIVE_INFINITY
    state.now += CLAIM_MS
    state.connection = { status: 'connected', since: NOW + 2, account: 'alice' }
    await erasures.settle(ALICE)
    expect(state.connection).toMatchObject({ status: 'disconnected' })
  })

  test('at the same time does no harm, and of what is over does nothing', async () => {
    const { state, steps, audited, erasures, end } = world()
    await Promise.all([end(), end()])
    expect(state).toMatchObject(OVER)
    expect(audited.filter((event) => event === 'user_erased').length).toBeLessThanOrEqual(2)
    const before = steps.length
    expect(await erasures.settle(ALICE)).toBe('settled')
    expect(steps.length).toBe(before)
  })
})

test.each(['end github', 'wait', 'sign out', 'after', 'erase the auth', 'erase choices', 'erase c1'])(
  'a step that fails (%s) does not stand in the way of the others, and keeps the whole due',
  async (failing) => {
    const all = world()
    await all.end()
    const later = ['mark erased', 'forget the accounts of github', 'mark over']
    const { state, steps, audited, end } = world({ failing })
    await expect(end()).rejects.toThrow(Failed)
    expect(steps).toEqual(all.steps.filter((step) => !step.startsWith(failing) && !later.includes(step)))
    expect([state.mark?.erasure.state, state.due, audited]).toEqual(['begun', NOW + 30_000, ['erasure_asked']])
  },
)

describe('the vault is read in the name of a user session that can be read', () => {
  const administrator = { ref: NEW_REF, userRef: 'b'.repeat(22) as UserRef }
  const unreadable = 'u'.repeat(22) as UserSessionRef

  test.each([
    ['the one that asks, where the list cannot be', 'user', []],
    ['one that has asked for a consent, where the list cannot be', 'administrator', [authorizationOf('a')]],
  ] as const)('%s', async (_which, by, authorizations) => {
    const { state, steps, erasures, end, endBy, ports } = world()
    state.authorizations = [...authorizations]
    const { refsOfUser } = ports.userSessions
    ports.userSessions.refsOfUser = () => Promise.reject(new Failed())
    await expect(by === 'user' ? end() : endBy(administrator)).rejects.toThrow(Failed)
    expect(steps).toContain(`end github in the name of ${REF}`)
    expect([state.userSessions, state.mark?.erasure.state, state.due]).toEqual([[], 'begun', NOW + 30_000])
    ports.userSessions.refsOfUser = refsOfUser
    state.now += CLAIM_MS
    await erasures.settle(ALICE)
    expect(state).toMatchObject({ ...OVER, mark: { erasure: { by, state: 'over' } } })
  })

  test('one of the list, where another one of it cannot be', async () => {
    const { state, steps, endBy, ports } = world()
    state.authorizations = []
    const { find, refsOfUser } = ports.userSessions
    ports.userSessions.refsOfUser = async (user) => [unreadable, ...(await refsOfUser(user))]
    ports.userSessions.find = (ref) => (ref === unreadable ? Promise.reject(new Failed()) : find(ref))
    await expect(endBy(administrator)).rejects.toThrow(Failed)
    expect(steps).toContain(`end github in the name of ${REF}`)
    expect([state.userSessions, state.mark?.erasure.state, state.due]).toEqual([[], 'begun', NOW + 30_000])
  })

  test('and no other user’s that the list names, which does not end', async () => {
    const { state, steps, end, ports } = world()
    const { find, refsOfUser } = ports.userSessions
    ports.userSessions.refsOfUser = async (user) => [NEW_REF, ...(await refsOfUser(user))]
    ports.userSessions.find = async (ref) =>
      ref === NEW_REF ? ({ ...state.userSessions[0], ...administrator } as CurrentUserSession) : find(ref)
    await end()
    expect(steps.filter((step) => step.includes(NEW_REF))).toEqual([])
  })
})

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
  expect(steps).toContain('end github in the name of no user session')
  expect(state.mark?.erasure).toMatchObject({ by: 'administrator', state: 'over' })
})

test('a user session and a conversation that began on a replica whose clock is ahead are ended, too', async () => {
  const { state, ports, end } = world()
  state.userSessions.push({ ...state.userSessions[0], ref: NEW_REF, signedInAt: NOW + 1_500 } as never)
  const { erase } = ports.conversations
  ports.conversations.erase = async (id, user, begunUntil = Number.POSITIVE_INFINITY) =>
    begunUntil > NOW + 1_500 ? erase(id, user) : false
  await end()
  expect([state.userSessions, state.conversations]).toEqual([[], []])
})
