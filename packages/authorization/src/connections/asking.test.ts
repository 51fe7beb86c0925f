import type { ConnectionRef, OfferedProvider, Revocation, UserRef } from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import { connectionRecord } from '../test-support/connection.ts'
import { OFFERED } from '../test-support/offered.ts'
import { askedAs, askingFor, isOf, isSameAccount, isUsing, lastOf, withEntry } from './asking.ts'
import {
  doubtedAccountOf,
  doubtedOf,
  expectedOf,
  isConnectedAlready,
  isElsewhere,
  isOfOthers,
  isRightAccount,
  withoutEntry,
} from './right-account.ts'

const ref: ConnectionRef = { user: 'a'.repeat(22) as UserRef, provider: 'google-calendar', named: undefined }
const plain: OfferedProvider = {
  ...(OFFERED.get('google-calendar') as OfferedProvider),
  customParameters: { access_type: 'offline' },
}
const choosing: OfferedProvider = {
  ...plain,
  accountChoice: { hint: 'login_hint', chooser: { prompt: 'select_account' } },
}

describe('a consent is asked for', () => {
  test.each([
    ['as the provider says', plain, {}, { access_type: 'offline' }],
    [
      'without a name, where the vendor takes none',
      plain,
      { hint: 'alice', chooser: true },
      { access_type: 'offline' },
    ],
    ['without a name, where it is empty', choosing, { hint: '' }, { access_type: 'offline' }],
    ['by name', choosing, { hint: 'alice' }, { access_type: 'offline', login_hint: 'alice' }],
    ['with the chooser', choosing, { chooser: true }, { access_type: 'offline', prompt: 'select_account' }],
  ])('%s', (_how, provider, how, parameters) => {
    const asked = askingFor(provider, ref, how)
    expect(asked.parameters).toEqual(parameters)
    expect(asked.hint).toBe('hint' in how && how.hint ? how.hint : undefined)
    expect(asked.chooser).toBe('prompt' in parameters ? true : undefined)
  })

  test('as the provider says now, once the connection has ended', () => {
    const parameters = { access_type: 'online', login_hint: 'alice' }
    const record = connectionRecord({ status: 'disconnected', hint: 'alice', parameters })
    expect(askedAs(choosing, ref, record).parameters).toEqual({ access_type: 'offline', login_hint: 'alice' })
  })

  test('again exactly as it was, and as the provider says where no record has it', () => {
    const record = connectionRecord({ hint: 'alice', parameters: { login_hint: 'alice' } })
    expect(askedAs(choosing, ref, record)).toEqual({ ...ref, hint: 'alice', parameters: { login_hint: 'alice' } })
    for (const one of [undefined, connectionRecord({})])
      expect(askedAs(choosing, ref, one)).toEqual({ ...ref, hint: undefined, parameters: { access_type: 'offline' } })
  })
})

test.each([
  ['alice@work', ' Alice@WORK ', true],
  // The same letter, composed and decomposed (Unicode's NFC and NFD).
  ['zo\u00eb', 'zoe\u0308', true],
  ['alice@work', 'alice@work.example', false],
  ['alice', '', false],
])('the accounts %j and %j are the same: %s', (one, other, are) => {
  expect([isSameAccount(one, other), isSameAccount(other, one)]).toEqual([are, are])
})

test.each([
  ['its account', { account: 'Alice' }, true],
  ['the account that came', { account: 'bob', came: 'alice' }, true],
  ['another account', { account: 'bob', came: 'carol' }, false],
  ['no account that is known', {}, false],
  ['its account, and was ended', { account: 'alice', status: 'disconnected' as const }, false],
])('a connection with %s uses one of these: %s', (_what, record, is) => {
  expect(isUsing(connectionRecord(record), { accounts: ['dave', 'alice'] } as Revocation)).toBe(is)
})

test.each([
  ['another account', { account: 'bob' }, true],
  ['an account without a name', { status: 'wrong_account' as const }, true],
  ['another account, and was ended', { account: 'bob', status: 'disconnected' as const }, false],
])('a connection with %s may use one without a name: %s', (_what, record, is) => {
  const left = { accounts: ['carol'], hasUnnamed: true } as Revocation
  expect(isUsing(connectionRecord(record), left)).toBe(is)
})

test.each([
  ['the same scopes, and parameters', { scopes: 'read', parameters: { a: '1', b: '2' } }, true],
  ['other scopes', { scopes: 'write', parameters: { a: '1', b: '2' } }, false],
  ['another value', { scopes: 'read', parameters: { a: '1', b: '3' } }, false],
  ['fewer', { scopes: 'read', parameters: { a: '1' } }, false],
  ['more', { scopes: 'read', parameters: { a: '1', b: '2', c: '3' } }, false],
  ['other names', { scopes: 'read', parameters: { a: '1', c: '2' } }, false],
  ['the scopes alone, of a record of an earlier version', { scopes: 'read' }, true],
])('an entry of the vault is the ended one with %s: %s', (_what, ended, is) => {
  expect(isOf(ended, { scopes: 'read', parameters: { b: '2', a: '1' } })).toBe(is)
})

describe('the right account', () => {
  test.each([
    ['any, the first time', undefined, undefined, 'bob', true],
    ['any without a name, the first time', undefined, undefined, undefined, true],
    ['the one that was asked for', {}, 'bob', 'BOB', true],
    ['not another one than was asked for', {}, 'bob', 'alice', false],
    ['not one that the vendor does not name, where one was asked for', {}, 'bob', undefined, false],
    ['the one that was connected', { account: 'bob' }, undefined, 'bob', true],
    ['not another one than was connected', { account: 'bob' }, undefined, 'alice', false],
    ['the one that was asked for, whichever was connected', { account: 'alice' }, 'bob', 'bob', true],
    [
      'any other one, where its user doubted it',
      { account: 'bob', doubted: true, doubtedAccount: 'bob' },
      undefined,
      'alice',
      true,
    ],
    ['not the doubted one again', { account: 'bob', doubted: true, doubtedAccount: 'bob' }, undefined, 'Bob', false],
    ['not the doubted one, also by its name', { doubted: true, doubtedAccount: 'bob' }, 'bob', 'bob', false],
    [
      'not one without a name, where one is doubted',
      { doubted: true, doubtedAccount: 'bob' },
      undefined,
      undefined,
      false,
    ],
    [
      'any, where what is doubted has no name, and another came since',
      { doubted: true, came: 'bob' },
      undefined,
      'bob',
      true,
    ],
    ['any, where what is doubted has no name', { doubted: true }, undefined, undefined, true],
    [
      'only the one before, where what is doubted has no name',
      { doubted: true, account: 'bob' },
      undefined,
      'bob',
      true,
    ],
    [
      'not another one than before, where what is doubted has no name',
      { doubted: true, account: 'bob' },
      undefined,
      'al',
      false,
    ],
    ['not one without a name either', { doubted: true, account: 'bob' }, undefined, undefined, false],
  ] as const)('is %s', (_which, record, hint, name, is) => {
    expect(isRightAccount(record && connectionRecord(record), hint, name)).toBe(is)
  })

  test('is doubted only where its user said so', () => {
    expect(doubtedOf(connectionRecord({ came: 'bob', doubtedAccount: 'bob' }))).toBeUndefined()
    expect(doubtedOf(connectionRecord({ doubted: true, came: 'bob', doubtedAccount: 'alice' }))).toBe('alice')
    expect([doubtedOf(undefined), expectedOf(undefined, undefined)]).toEqual([undefined, undefined])
    expect([doubtedAccountOf('bob'), doubtedAccountOf(undefined)]).toStrictEqual([{ doubtedAccount: 'bob' }, {}])
  })
})

test.each<[object, string | undefined, boolean]>([
  [{ accounts: ['bob'] }, 'alice', true],
  [{ accounts: ['bob', 'Alice'] }, 'alice', false],
  [{ accounts: [] }, 'alice', false],
  [{ accounts: ['bob'] }, undefined, false],
  [{ accounts: ['bob'], hasUnnamed: true }, 'alice', false],
])('what is left to revoke of %j is of others than %s: %s', (left, name, is) => {
  expect(isOfOthers(left as Revocation, name)).toBe(is)
})

test('what a new consent has put into the vault is neither read nor forgotten for an earlier revocation', () => {
  const [bound, other] = [
    { scopes: 'read', parameters: {} },
    { scopes: 'write', parameters: {} },
  ]
  const both = [bound, other]
  const left = { toRead: both, toForget: both, bound: both, tokens: [{ token: 't' }] } as unknown as Revocation
  const only = { toRead: [other], toForget: [other], bound: [other] }
  expect(withoutEntry(left, bound)).toEqual({ ...left, ...only })
  const { bound: _, ...before } = left
  expect(withoutEntry(before as Revocation, bound).bound).toBeUndefined()
})

test('an entry of the vault is kept once, as the latest, with nothing else of what it comes from; a record has the last twenty', () => {
  const entry = (scopes: string) => ({ scopes, parameters: {} })
  const request = { ...entry('read'), requestId: 'r' }
  expect(withEntry([entry('read'), entry('write')], request)).toStrictEqual([entry('write'), entry('read')])
  const twenty = Array.from({ length: 20 }, (_, n) => entry(`scope-${n}`))
  expect(lastOf(twenty)).toEqual({ kept: twenty, dropped: 0 })
  expect(lastOf(withEntry(twenty, entry('read')))).toEqual({ kept: [...twenty.slice(1), entry('read')], dropped: 1 })
})

describe('an account is connected elsewhere', () => {
  const bob = connectionRecord({ account: 'Bob' })

  test.each([
    ['where another connection has it', [connectionRecord({ account: 'alice' }), bob], 'bob ', true],
    ['not where others have others', [connectionRecord({ account: 'alice' })], 'bob', false],
    ['not where a connection’s account has no name', [connectionRecord({})], 'bob', false],
    ['not where it has no name itself', [connectionRecord({}), bob], undefined, false],
    ['not where it was ended', [connectionRecord({ account: 'bob', status: 'disconnected' })], 'bob', false],
    ['not where it waits for its user', [connectionRecord({ account: 'bob', status: 'wrong_account' })], 'bob', false],
    [
      'where the vendor has to be asked again',
      [connectionRecord({ account: 'bob', status: 'needs_reauthorization' })],
      'bob',
      true,
    ],
  ])('%s', (_where, others, name, is) => {
    expect(isElsewhere(others, name)).toBe(is)
  })

  test.each([
    ['while its user has to decide', { status: 'wrong_account', came: 'bob' }, [bob], true],
    ['not when they have decided', { status: 'connected', came: 'bob' }, [bob], false],
    ['not when the other connection does not work', { status: 'wrong_account', came: 'bob' }, ['lost'], false],
  ] as const)('which its user is shown %s', (_when, record, others, is) => {
    const lost = connectionRecord({ account: 'bob', status: 'needs_reauthorization' })
    expect(
      isConnectedAlready(
        connectionRecord(record),
        others.map((one) => (one === 'lost' ? lost : one)),
      ),
    ).toBe(is)
  })
})
