import type { ConnectionId, ConnectionRecord, UserRef } from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import { connectionRecord } from '../test-support/connection.ts'
import { createAccounts } from './accounts.ts'

const user = 'u'.repeat(22) as UserRef
const NEVER = { connectedAt: undefined }

/** @param all in the order in which they were added. The account with the id `unnamed` was asked for without a name. */
function having(all: Record<string, Partial<ConnectionRecord>>, chosen?: string) {
  const stored = Object.entries(all).map(([id, record], n) => ({
    ref: { user, provider: 'github', named: id === 'unnamed' ? undefined : (id as ConnectionId) },
    record: connectionRecord({ id: id as ConnectionId, account: id, addedAt: n + 1, ...record }),
  }))
  const accounts = createAccounts({
    records: {
      // Redis has no order of fields.
      readAll: async () => stored.toReversed(),
      readDefault: async () => chosen as ConnectionId | undefined,
    },
  })
  return {
    ids: async () => (await accounts.list(user, 'github')).map(({ record }) => record.id),
    named: (name?: string) => accounts.choose(user, 'github', name),
    chosen: async (name?: string) => (await accounts.choose(user, 'github', name))?.record?.id,
    byId: async (id: string) => (await accounts.byId(user, 'github', id as ConnectionId))?.record.id,
    names: () => accounts.namesOf(user, 'github'),
  }
}

describe('the list of accounts', () => {
  test('begins with the one that was asked for without a name; the others follow by their names, or by what was asked for', async () => {
    const { ids } = having({
      carol: {},
      alice: {},
      unnamed: { account: 'zoe' },
      bob: { account: undefined, hint: 'bob' },
    })
    expect(await ids()).toEqual(['unnamed', 'alice', 'bob', 'carol'])
  })

  test.each([
    ['was asked for by name, never connected, and ended', 'alice', { status: 'disconnected', ...NEVER }, false],
    [
      'was asked for by name, never connected, and is being ended',
      'alice',
      { status: 'disconnecting', ...NEVER },
      false,
    ],
    ['was asked for by name, connected, and ended', 'alice', { status: 'disconnected' }, true],
    ['was asked for by name, and waits for its user', 'alice', { status: 'wrong_account', ...NEVER }, true],
    ['was asked for without a name, and ended', 'unnamed', { status: 'disconnected', ...NEVER }, true],
  ] as const)('an account that %s', async (_what, id, record, isListed) => {
    const { ids, byId } = having({ [id]: record })
    expect([await ids(), await byId(id)]).toEqual(isListed ? [[id], id] : [[], undefined])
  })
})

describe('where the user names no account', () => {
  const ENDED = { status: 'disconnected' } as const
  const WAITS = { status: 'wrong_account' } as const

  test.each<[string, Record<string, Partial<ConnectionRecord>>, string | undefined, string | undefined]>([
    ['the first is used', { bob: {}, alice: {} }, undefined, 'bob'],
    ['the one that they chose is used', { bob: {}, alice: {} }, 'alice', 'alice'],
    ['their choice is used also while it waits for them', { bob: {}, alice: WAITS }, 'alice', 'alice'],
    ['their choice is not used once they have ended it', { bob: {}, alice: ENDED }, 'alice', 'bob'],
    ['a choice that does not exist any more counts for nothing', { bob: {}, alice: {} }, 'carol', 'bob'],
    ['one that they have ended is passed over', { bob: ENDED, alice: {} }, undefined, 'alice'],
    ['one that was connected, and waits for them, is not passed over', { bob: WAITS, alice: {} }, undefined, 'bob'],
    ['one that was never connected is', { bob: { ...WAITS, ...NEVER }, alice: {} }, undefined, 'alice'],
    ['it is used where no other one is open', { carol: ENDED, bob: { ...WAITS, ...NEVER } }, undefined, 'bob'],
    ['where all have ended it is the one that they chose', { bob: ENDED, alice: ENDED }, 'alice', 'alice'],
    ['where all have ended, and they chose none, it is the first', { bob: ENDED, alice: ENDED }, undefined, 'bob'],
    [
      'of records without a time when they were added, the first that was connected',
      {
        bob: { addedAt: undefined, connectedAt: 7 },
        alice: { addedAt: undefined, connectedAt: 6 },
      },
      undefined,
      'alice',
    ],
    [
      'a record without any time is the first',
      { bob: {}, alice: { addedAt: undefined, ...NEVER } },
      undefined,
      'alice',
    ],
  ])('%s', async (_what, all, choice, used) => {
    expect(await having(all, choice).chosen()).toBe(used)
  })

  test('and has none, the account without a name is asked for', async () => {
    expect(await having({}).named()).toEqual({
      ref: { user, provider: 'github', named: undefined },
      record: undefined,
    })
  })
})

describe('where the user names an account', () => {
  test.each<[string, Record<string, Partial<ConnectionRecord>>, string, string | undefined]>([
    ['its name at the vendor counts, in any case', { bob: {}, alice: {} }, 'ALICE', 'alice'],
    [
      'what was asked for counts while no account has come',
      { bob: {}, alice: { account: undefined, hint: 'a@b.c' } },
      'a@b.c',
      'alice',
    ],
    ['an unknown name is none of theirs', { bob: {} }, 'alice', undefined],
    ['an account without any name is none of theirs', { bob: { account: undefined } }, 'undefined', undefined],
    ['an empty name names none: it is the default', { bob: {}, alice: { account: undefined } }, ' ', 'bob'],
    [
      'of two with that name it is the default',
      { bob: { account: 'same' }, alice: { account: 'same' } },
      'same',
      'bob',
    ],
    [
      'of two with that name it is one that may be used',
      {
        carol: {},
        alice: { account: 'same', status: 'needs_reauthorization' },
        adam: { account: 'same', status: 'disconnected' },
      },
      'same',
      'alice',
    ],
    [
      'one that may not be used is still the one that is meant',
      { bob: {}, alice: { status: 'disconnected' } },
      'alice',
      'alice',
    ],
  ])('%s', async (_what, all, name, meant) => {
    expect(await having(all).chosen(name)).toBe(meant)
  })
})

describe('the names that the agent may choose from', () => {
  test.each<[string, Record<string, Partial<ConnectionRecord>>, unknown]>([
    [
      'each once, and the default',
      { bob: {}, alice: {}, adam: { account: 'alice' } },
      { names: ['alice', 'bob'], byDefault: 'bob' },
    ],
    ['none where there is one account', { bob: {} }, undefined],
    ['none where only one is open', { bob: {}, alice: { status: 'disconnected' } }, undefined],
    ['none where no name is known', { bob: { account: undefined }, alice: { account: undefined } }, undefined],
    [
      'the known ones, and no name of the default where that is not known',
      { bob: { account: undefined }, alice: {} },
      { names: ['alice'], byDefault: undefined },
    ],
  ])('are %s', async (_what, all, names) => {
    expect(await having(all).names()).toEqual(names)
  })
})
