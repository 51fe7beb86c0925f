import {
  ACCOUNTS_PER_PROVIDER,
  type ConnectionId,
  type ConnectionRecord,
  type KeyRing,
  type PendingAuthorization,
  type UserRef,
} from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import { connectionRecord } from '../test-support/connection.ts'
import { createAccountByHint } from './account-by-hint.ts'

const NOW = 1_900_000_000_000
const KEPT_MS = 20 * 60_000
const user = 'u'.repeat(22) as UserRef
const ref = (named?: string) => ({ user, provider: 'github', named: named as ConnectionId | undefined })

const PENDING = { provider: 'github', status: 'pending', expiresAt: NOW + 1 } as const
const asking = (id: string) => ({ named: id as ConnectionId })

/** The account with the id `unnamed` was asked for without a name. */
function having(
  all: Record<string, Partial<ConnectionRecord>>,
  {
    canForget = true,
    connectionKeys = { sealWith: 'k', keys: { k: 'k'.repeat(43) } } as KeyRing,
    open = [],
  }: { canForget?: boolean; connectionKeys?: KeyRing; open?: readonly Partial<PendingAuthorization>[] } = {},
) {
  const forgotten: unknown[] = []
  const byHint = createAccountByHint({
    records: {
      readAll: async () =>
        Object.entries(all).map(([id, record]) => ({
          ref: ref(id === 'unnamed' ? undefined : id),
          record: connectionRecord({ id: id as ConnectionId, ...record }),
        })),
      async forget(of) {
        forgotten.push(of.named)
        return canForget
      },
    },
    authorizations: {
      listOfUser: async (of) =>
        of === user ? open.map((record) => ({ record: { ...PENDING, ...record } as PendingAuthorization })) : [],
    },
    connectionKeys,
    clock: () => NOW,
  })
  return { forgotten, find: (hint: string) => byHint(user, 'github', hint) }
}

test.each<[string, boolean, string, Partial<ConnectionRecord>]>([
  ['that was asked for by this name', true, 'id1', { hint: 'Alice' }],
  ['that was asked for by this name, and has ended', true, 'id1', { hint: 'alice', status: 'disconnected' }],
  ['that was asked for by another name', false, 'id1', { hint: 'bob' }],
  ['that was asked for by another name, where this one came', false, 'id1', { hint: 'bob', account: 'alice' }],
  ['without a name, that has this one', true, 'unnamed', { account: 'ALICE ' }],
  ['without a name, that has another one', false, 'unnamed', { account: 'bob' }],
  ['without a name, whose account is not known', false, 'unnamed', {}],
  ['without a name, that had this one, and has ended', false, 'unnamed', { account: 'alice', status: 'disconnected' }],
  ['without a name, that its user doubts', false, 'unnamed', { account: 'alice', doubted: true }],
])('the account %s is the one that is asked for as alice: %s', async (_which, is, id, record) => {
  const found = await having({ [id]: record }).find('alice')
  if (is) expect(found).toMatchObject({ record: { id } })
  else expect(found).toEqual({ ref: ref(expect.stringMatching(/^[\w-]{11}$/) as never), record: undefined })
})

const OF_ALICE = 'Bawt0xDnhVv'

describe('the id of an account that is new', () => {
  const idOf = async (hint: string, of = {}) => {
    const found = await having({}, of).find(hint)
    return found === 'too-many' ? found : found.ref.named
  }

  test('stays the same in every version: another one would be a second account for the same entry of the token vault', async () => {
    expect(await idOf('alice')).toBe(OF_ALICE)
    expect(await idOf(' ALICE\n')).toBe(OF_ALICE)
    expect(await idOf('bob')).not.toBe(OF_ALICE)
  })

  test('is derived with the key that seals, or with an older one under which an account of this name is asked for', async () => {
    const rotated = { sealWith: 'new', keys: { new: 'n'.repeat(43), old: 'k'.repeat(43) } }
    expect(await idOf('alice', { connectionKeys: rotated, open: [asking(OF_ALICE)] })).toBe(OF_ALICE)
    const other = await idOf('alice', { connectionKeys: rotated })
    expect(other).not.toBe(OF_ALICE)
    const over = { ...asking(OF_ALICE), expiresAt: NOW }
    expect(await idOf('alice', { connectionKeys: rotated, open: [over, asking('id1')] })).toBe(other)
  })
})

describe.each([
  ['has room', ACCOUNTS_PER_PROVIDER - 1],
  ['is full', ACCOUNTS_PER_PROVIDER],
])('a list that %s', (_what, count) => {
  const isFull = count === ACCOUNTS_PER_PROVIDER
  const accounts = (record: (n: number) => Partial<ConnectionRecord>) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`id${n}`, { hint: `user${n}`, ...record(n) }]))

  test('of accounts that are open, or are being ended, has none to forget', async () => {
    const disconnectedAt = NOW - KEPT_MS
    const { find, forgotten } = having(accounts((n) => (n % 2 ? {} : { status: 'disconnecting', disconnectedAt })))
    expect([(await find('one more')) === 'too-many', forgotten]).toEqual([isFull, []])
  })

  test.each([
    [KEPT_MS - 1, false],
    [KEPT_MS, true],
  ])('with one that ended %i ms ago forgets it for another: %s', async (ago, isForgotten) => {
    const one = { status: 'disconnected', disconnectedAt: NOW - ago } as const
    const { find, forgotten } = having(accounts((n) => (n === 3 ? one : {})))
    expect((await find('one more')) === 'too-many').toBe(isFull && !isForgotten)
    expect(forgotten).toEqual(isFull && isForgotten ? ['id3'] : [])
  })

  test('forgets the one that ended first; a record of an earlier version, without that time, counts as the first', async () => {
    const ended = (disconnectedAt?: number) => ({
      status: 'disconnected' as const,
      ...(disconnectedAt && { disconnectedAt }),
    })
    const { find, forgotten } = having(accounts((n) => (n === 7 ? ended() : n > 4 ? ended(1_000 - n) : {})))
    await find('one more')
    expect(forgotten).toEqual(isFull ? ['id7'] : [])
  })

  test('does not make room by what another replica has changed', async () => {
    const one = { status: 'disconnected', disconnectedAt: 1 } as const
    const { find } = having(
      accounts(() => one),
      { canForget: false },
    )
    expect((await find('one more')) === 'too-many').toBe(isFull)
  })
})

describe('accounts that are being asked for, and have no record yet', () => {
  const records = (count: number, ended?: Partial<ConnectionRecord>) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`id${n}`, { hint: `user${n}`, ...(n < 2 && ended) }]))
  const ENDED = { status: 'disconnected', disconnectedAt: 1 } as const
  const BUT_ONE = records(ACCOUNTS_PER_PROVIDER - 1)

  test.each<[string, boolean, Partial<PendingAuthorization>]>([
    ['with an open consent', true, asking('new')],
    ['without a name', true, {}],
    [
      'with a consent that is bound, and not connected yet',
      true,
      { ...asking('new'), status: 'bound', expiresAt: NOW },
    ],
    ['with a consent that has expired', false, { ...asking('new'), expiresAt: NOW }],
    ['with a consent that was cancelled', false, { ...asking('new'), status: 'cancelled' }],
    ['at another provider', false, { ...asking('new'), provider: 'google-calendar' }],
    ['once more, and have a record', false, asking('id1')],
    ['with the same name', false, asking(OF_ALICE)],
  ])('%s count: %s', async (_which, counts, open) => {
    expect((await having(BUT_ONE, { open: [open] }).find('alice')) === 'too-many').toBe(counts)
  })

  test('count once each, however many consents are open', async () => {
    const open = [asking('new'), asking('new'), asking('id1')]
    expect(await having(records(ACCOUNTS_PER_PROVIDER - 2), { open }).find('alice')).toMatchObject({
      record: undefined,
    })
  })

  test.each([
    [1, ['id0']],
    [2, ['id0', 'id1']],
    [3, []],
  ])(
    '%i of them need as many places: that many accounts that have ended are forgotten, or none',
    async (count, gone) => {
      const open = Array.from({ length: count }, (_, n) => asking(`new${n}`))
      const { find, forgotten } = having(records(ACCOUNTS_PER_PROVIDER - 1, ENDED), { open })
      expect([(await find('alice')) === 'too-many', forgotten]).toEqual([gone.length === 0, gone])
    },
  )

  test('do not lose what has ended, when that is asked for again', async () => {
    const { find, forgotten } = having(records(ACCOUNTS_PER_PROVIDER, ENDED), { open: [asking('id0')] })
    expect([await find('alice'), forgotten]).toMatchObject([{ record: undefined }, ['id1']])
  })
})
