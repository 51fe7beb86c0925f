import {
  type AuthorizationId,
  ConnectionId,
  type ConnectionRecord,
  type ConnectRequest,
  type OfferedProvider,
  type UserRef,
  type UserSessionRef,
} from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import type { AccessOutcome, AccessRequest } from '../request-authorization.ts'
import { connectionRecord } from '../test-support/connection.ts'
import { OFFERED } from '../test-support/offered.ts'
import { type ConnectAccountPorts, connectAccount } from './connect-account.ts'

const who = { user: 'a'.repeat(22) as UserRef, userSession: 's'.repeat(22) as UserSessionRef, requestId: 'r' }
const id = `${who.userSession}.${'i'.repeat(22)}` as AuthorizationId
const before = `${who.userSession}.${'b'.repeat(22)}` as AuthorizationId
const work = ConnectionId.parse('w'.repeat(11))
const READ = 'https://www.googleapis.com/auth/calendar.readonly'
const WRITE = 'https://www.googleapis.com/auth/calendar.events'
const GITHUB = OFFERED.get('github') as OfferedProvider
const CALENDAR: OfferedProvider = {
  ...(OFFERED.get('google-calendar') as OfferedProvider),
  accountChoice: { hint: 'login_hint', chooser: { prompt: 'select_account' } },
}

function world(given: {
  record?: Partial<ConnectionRecord>
  named?: ConnectionId
  answer?: AccessOutcome
  active?: AuthorizationId
  byHint?: 'too-many'
  unknown?: true
}) {
  const requests: AccessRequest[] = []
  const asked: unknown[] = []
  const done: unknown[] = []
  const ref = { user: who.user, provider: CALENDAR.id, named: given.named }
  const account = { ref, record: given.record && connectionRecord(given.record) }
  const ports = {
    accounts: {
      list: async () => [],
      async byId(...of: unknown[]) {
        asked.push(['by id', ...of])
        return given.unknown ? undefined : account
      },
      async byHint(...of: unknown[]) {
        asked.push(['by hint', ...of])
        return given.byHint ?? account
      },
      async choose(...of: unknown[]) {
        asked.push(['default', ...of])
        return account
      },
    },
    connections: { letGo: async (of: unknown) => void done.push(['let go', of]) },
    authorizations: { findActive: async () => given.active },
    async requestAccess(request: AccessRequest) {
      requests.push(request)
      return given.answer ?? { outcome: 'authorization-required', authorizationId: id }
    },
    notify: async (of: AuthorizationId) => void done.push(['notify', of]),
  } as ConnectAccountPorts
  const connect = (wanted: ConnectRequest, provider = CALENDAR) => connectAccount(who, provider, wanted, ports)
  return { connect, requests, asked, done, ref }
}

describe('a request that contradicts itself asks for nothing', () => {
  test.each<[string, ConnectRequest, OfferedProvider, string]>([
    ['an account, and a name', { account: work, hint: 'bob' }, CALENDAR, 'Send an account, or'],
    ['an account, and another one', { account: work, anotherAccount: true }, CALENDAR, 'Send an account, or'],
    ['another account without a name', { anotherAccount: true }, CALENDAR, 'without a name it is the same'],
    ['another account with an empty name', { anotherAccount: true, hint: '' }, CALENDAR, 'without a name'],
    ['a name where the vendor has no choice', { hint: 'bob' }, GITHUB, 'GitHub cannot be asked'],
  ])('%s', async (_what, wanted, provider, why) => {
    const { connect, requests, asked } = world({})
    expect(await connect(wanted, provider)).toEqual({ outcome: 'unusable', why: expect.stringContaining(why) })
    expect([requests, asked]).toEqual([[], []])
  })
})

describe('which account it is', () => {
  test.each<[string, ConnectRequest, unknown[]]>([
    ['the default', {}, ['default', who.user, CALENDAR.id]],
    ['the default, where the name is empty', { hint: '' }, ['default', who.user, CALENDAR.id]],
    ['one of an id', { account: work }, ['by id', who.user, CALENDAR.id, work]],
    ['one of a name', { hint: 'bob', anotherAccount: true }, ['by hint', who.user, CALENDAR.id, 'bob']],
  ])('%s', async (_which, wanted, asked) => {
    const found = world({})
    expect(await found.connect(wanted)).toEqual({ outcome: 'authorization', id })
    expect(found.asked).toEqual([asked])
  })

  test.each([
    [{ account: work }, { unknown: true as const }, 'unknown-account'],
    [{ hint: 'bob' }, { byHint: 'too-many' as const }, 'too-many-accounts'],
  ])('is not found for %j', async (wanted, given, outcome) => {
    const { connect, requests } = world(given)
    expect([await connect(wanted), requests]).toEqual([{ outcome }, []])
  })
})

describe('what is asked for', () => {
  test.each<[string, Parameters<typeof world>[0], ConnectRequest, object]>([
    [
      'the first time: the base set, and nothing that the vault may have',
      {},
      {},
      { scopes: [READ], forceAuthentication: true, parameters: {} },
    ],
    [
      'one of a name without a record: nothing that the vault may have of it',
      { named: work },
      { hint: 'bob' },
      { hint: 'bob', parameters: { login_hint: 'bob' }, forceAuthentication: true, generation: 0 },
    ],
    [
      'what is connected: with the parameters of before, and the base set beside the scopes of before',
      { record: { scopes: WRITE, parameters: { login_hint: 'alice' }, generation: 2 } },
      {},
      { scopes: [WRITE, READ], parameters: { login_hint: 'alice' }, forceAuthentication: true, generation: 2 },
    ],
    [
      'what has ended: by its name',
      {
        named: work,
        record: { status: 'disconnected', hint: 'bob', disconnectedAt: 5, parameters: { login_hint: 'x' } },
      },
      { account: work },
      { hint: 'bob', parameters: { login_hint: 'bob' }, disconnectedAt: 5 },
    ],
    [
      'what a record of an earlier version has connected: by its name, because it does not say how it was asked for',
      { named: work, record: { hint: 'bob' } },
      { account: work },
      { hint: 'bob', parameters: { login_hint: 'bob' }, forceAuthentication: true },
    ],
    [
      'the default, which has ended: without a name',
      { record: { status: 'disconnected', hint: 'bob', parameters: { login_hint: 'bob' } } },
      {},
      { hint: undefined, parameters: {} },
    ],
    [
      'one of a name that has a record: by the name of the record',
      { named: work, record: { status: 'disconnected', hint: 'bob' } },
      { hint: 'Bob' },
      { hint: 'bob', parameters: { login_hint: 'bob' } },
    ],
    [
      'where another one came: with the vendor’s chooser',
      { named: work, record: { status: 'wrong_account', hint: 'bob', parameters: { login_hint: 'x' } } },
      { account: work },
      { chooser: true, parameters: { login_hint: 'bob', prompt: 'select_account' } },
    ],
  ])('%s', async (_what, given, wanted, asked) => {
    const { connect, requests } = world(given)
    await connect(wanted)
    expect(requests).toMatchObject([{ ...who, ...asked }])
    if (!('chooser' in asked)) expect(requests[0]?.chooser).toBeUndefined()
  })

  test('nothing, where a consent for the same is open', async () => {
    const { connect, requests } = world({ active: before })
    expect([await connect({}), requests]).toEqual([{ outcome: 'authorization', id: before }, []])
  })
})

test.each([
  ['wrong_account', 2],
  ['connected', 0],
] as const)('the turns that wait for a decision about what is %s are told: %i calls', async (status, calls) => {
  const { connect, done, ref } = world({ record: { status, boundBy: before } })
  await connect({})
  expect(done).toEqual(
    [
      ['let go', ref],
      ['notify', before],
    ].slice(0, calls),
  )
})

test('no turn is told where it is not known for which consent they wait', async () => {
  const { connect, done, ref } = world({ record: { status: 'wrong_account' } })
  await connect({})
  expect(done).toEqual([['let go', ref]])
})

test('a token of the vault, without a consent, connects nothing', async () => {
  const { connect, done } = world({ answer: { outcome: 'token', accessToken: 'granted' } })
  expect([await connect({}), done]).toEqual([{ outcome: 'unavailable' }, []])
})

test.each(['signed-out', 'too-many', 'not-offered', 'unavailable'] as const)('%s is the answer', async (outcome) => {
  const { connect, done } = world({ answer: { outcome }, record: { status: 'wrong_account' } })
  expect([await connect({}), done]).toEqual([{ outcome }, []])
})
