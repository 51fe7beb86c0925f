import {
  ACCOUNTS_PER_PROVIDER,
  type ConnectionId,
  type ConnectionRecord,
  type KeyRing,
  type UserRef,
} from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import { connectionRecord } from '../test-support/connection.ts'
import { createAccountByHint } from './account-by-hint.ts'

const NOW = 1_900_000_000_000
const KEPT_MS = 20 * 60_000
const user = 'u'.repeat(22) as UserRef
const ref = (named?: string) => ({ user, provider: 'github', named: named as ConnectionId | undefined })

/** The accounts of a user. The one with the id `unnamed` was asked for without a name. */
function having(
  all: Record<string, Partial<ConnectionRecord>>,
  {
    canForget = true,
    connectionKeys = { sealWith: 'k', keys: { k: 'k'.repeat(43) } } as KeyRing,
    isAsked,
  }: { canForget?: boolean; connectionKeys?: KeyRing; isAsked?: (named: unknown) => Promise<boolean> } = {},
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
    ...(isAsked && { isAsked: (of) => isAsked(of.named) }),
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
    const asked = async (named: unknown) => named === OF_ALICE
    expect(await idOf('alice', { connectionKeys: rotated, isAsked: asked })).toBe(OF_ALICE)
    const other = await idOf('alice', { connectionKeys: rotated })
    expect(other).not.toBe(OF_ALICE)
    expect(await idOf('alice', { connectionKeys: rotated, isAsked: async () => false })).toBe(other)
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
