import type {
  AuthorizationId,
  Connection,
  ConnectionId,
  ConnectionRecord,
  PendingAuthorization,
  UserRef,
  UserSessionRef,
} from '@agent-identity/contracts'
import type { CurrentUserSession } from '@agent-identity/user-session'
import { describe, expect, test } from '@jest/globals'
import { connectionRecord } from '../test-support/connection.ts'
import { OFFERED } from '../test-support/offered.ts'
import type { KnownAccount } from './account.ts'
import { listConnections } from './list-connections.ts'

const ref = 'r'.repeat(22) as UserSessionRef
const user = 'u'.repeat(22) as UserRef
const NOW = 1_900_000_000_000
const at = (time: number) => new Date(time).toISOString()
const [work, home] = ['idOfWork_01', 'idOfHome_02'] as [ConnectionId, ConnectionId]
const authorization = (letter: string) => `${ref}.${letter.repeat(22)}` as AuthorizationId
const READ = 'https://www.googleapis.com/auth/calendar.readonly'

const account = (named: ConnectionId | undefined, more: Partial<ConnectionRecord> = {}): KnownAccount => ({
  ref: { user, provider: 'google-calendar', named },
  record: connectionRecord({ ...(named && { id: named }), scopes: READ, connectedAt: NOW, ...more }),
})
const pending = (letter: string, more: Partial<PendingAuthorization>) => ({
  id: authorization(letter),
  record: { status: 'pending', provider: 'google-calendar', expiresAt: NOW, ...more } as PendingAuthorization,
})

/** The default is the last account. */
async function rowsOf(
  accounts: KnownAccount[],
  { open = [], usesEach }: { open?: ReturnType<typeof pending>[]; usesEach?: number } = {},
) {
  const limits: number[] = []
  const list = await listConnections({ ref, userRef: user } as CurrentUserSession, {
    offered: OFFERED,
    accounts: {
      list: async (_user, provider) => (provider === 'google-calendar' ? accounts : []),
      defaultOf: async (_user, _provider, of) => of.at(-1),
    },
    uses: {
      async list(limit) {
        limits.push(limit)
        return []
      },
    },
    askFirst: { isOn: async () => false },
    authorizations: { listActive: async () => open },
    usesEach,
  })
  return { limits, list, rows: list.filter(({ provider }) => provider === 'google-calendar') }
}

test('there are rows for the providers at which users consent, and a choice to be asked first where something can be changed', async () => {
  const { list } = await rowsOf([])
  expect(list.map(({ provider, askFirst }) => [provider, askFirst])).toEqual([
    ['github', false],
    ['profile', undefined],
    ['google-calendar', false],
  ])
})

describe('of several accounts', () => {
  test('each has a row, and one says that it is the default', async () => {
    const { rows } = await rowsOf([account(undefined), account(work), account(home)])
    expect(rows.map(({ accountId, isDefault }) => [accountId, isDefault])).toEqual([
      ['connection1', false],
      [work, false],
      [home, true],
    ])
  })

  test('an only one is not called the default', async () => {
    const [row] = (await rowsOf([account(work)])).rows
    expect(row).not.toHaveProperty('isDefault')
  })

  test('the one that a consent is open for waits, and no other', async () => {
    const open = [pending('x', { named: home })]
    const { rows } = await rowsOf([account(work), account(home)], { open })
    expect(rows.map(({ status, authorizationId }) => [status, authorizationId])).toEqual([
      ['connected', undefined],
      ['consent_pending', authorization('x')],
    ])
  })

  test('one that is asked for, and was never connected, has one row of its own', async () => {
    const asked = { named: home, hint: 'bob@home', expiresAt: NOW }
    const open = [pending('x', asked), pending('y', asked)]
    const { rows } = await rowsOf([account(work)], { open })
    expect(rows.map(({ status }) => status)).toEqual(['connected', 'consent_pending'])
    expect(rows[1]).toEqual({
      ...{ provider: 'google-calendar', displayName: 'Google Calendar', status: 'consent_pending', scopes: [] },
      ...{ accountId: home, askedAccount: 'bob@home', askFirst: false },
      ...{ authorizationId: authorization('y'), pendingUntil: at(NOW) },
    })
  })
})

describe('a row says', () => {
  const details = async (more: Partial<ConnectionRecord>, others: KnownAccount[] = []) => {
    const { rows } = await rowsOf([account(work, more), ...others])
    const { provider: _, displayName: _name, scopes: _scopes, askFirst: _ask, ...rest } = rows[0] as Connection
    return rest
  }
  const connectedAt = at(NOW)

  test('under which name the account was asked for, and which one it has', async () => {
    expect(await details({ hint: 'alice@work', account: 'alice' })).toEqual({
      ...{ accountId: work, status: 'connected', connectedAt, account: 'alice', askedAccount: 'alice@work' },
    })
  })

  test.each([
    ['the name that was asked for', { hint: 'alice@work' }, 'alice@work'],
    ['the account that it was before', { account: 'alice' }, 'alice'],
    ['none, when its user doubts it', { account: 'alice', doubted: true as const, doubtedAccount: 'alice' }, undefined],
  ])('which account came, and which one should have: %s', async (_which, more, askedAccount) => {
    const undecided = { status: 'wrong_account', came: 'bob', generation: 3, scopes: '' } as const
    expect(await details({ ...undecided, ...more })).toEqual({
      ...{ accountId: work, status: 'wrong_account', connectedAt, account: 'bob', generation: 3 },
      ...(askedAccount && { askedAccount }),
    })
  })

  test('that the account which came is connected already, under another name of the same user', async () => {
    const undecided = { status: 'wrong_account', came: 'bob' } as const
    expect(await details(undecided, [account(home, { account: 'Bob' })])).toHaveProperty('isConnectedAlready', true)
    expect(await details(undecided, [account(home, { account: 'carol' })])).not.toHaveProperty('isConnectedAlready')
  })

  test('when it was ended, what became of its tokens, and when those end', async () => {
    const ended = { status: 'disconnected', disconnectedAt: NOW + 1, outcome: 'not_confirmed', scopes: '' } as const
    expect(await details({ ...ended, tokenEndsAt: NOW + 2 })).toEqual({
      ...{ accountId: work, status: 'disconnected', connectedAt, outcome: 'not_confirmed' },
      ...{ disconnectedAt: at(NOW + 1), tokenEndsAt: at(NOW + 2) },
    })
  })
})

test.each([
  [undefined, 10],
  [3, 3],
])('with %j uses each, at most %i are read', async (usesEach, limit) => {
  const { limits } = await rowsOf([account(work)], usesEach === undefined ? {} : { usesEach })
  expect(limits).toEqual([limit])
})
