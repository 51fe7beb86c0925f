import type { ConnectionId, ConnectionRecord, Revocation, UserSessionRef } from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import { connectionRecord } from '../test-support/connection.ts'
import { boundOf, entriesOf, latched, notKnownTo, revoking } from './latched-connection.ts'

const entryOf = (scopes: string) => ({ scopes, parameters: { of: scopes } })
const [read, write, more] = [entryOf('read'), entryOf('write'), entryOf('more')]
const NOW = 5
const work = 'idOfWork_01' as ConnectionId

describe('the vault may have something under', () => {
  test('what was bound, what a consent may still bind, and what one went to the vendor for; each once', () => {
    const record = connectionRecord({
      entries: [read, write],
      ended: [more, read, { scopes: 'of a record of before' }],
    })
    expect(entriesOf(record, [write], {})).toEqual([more, read, write])
  })

  test('what a record of an earlier version was connected with: it has no list', () => {
    const before = connectionRecord({ scopes: 'read' })
    expect(entriesOf(before, [], { of: 'its provider' })).toEqual([
      { scopes: 'read', parameters: { of: 'its provider' } },
    ])
    expect(entriesOf({ ...before, parameters: read.parameters }, [], {})).toEqual([read])
  })

  test('nothing, of a latch: no consent was ever asked for without a scope', () => {
    const latch = connectionRecord({ status: 'disconnected', scopes: '' })
    expect(entriesOf(latch, [read], {})).toEqual([read])
  })

  test('what a consent may still bind, where there is no connection', () => {
    expect(entriesOf(undefined, [read], {})).toEqual([read])
  })
})

test('what was connected by a record of an earlier version was connected as its provider asks', () => {
  const before = connectionRecord({ scopes: 'read', ended: [read, write] })
  expect(boundOf(before, read.parameters)).toEqual([read])
  const both = [read, { ...read, parameters: {} }]
  const listed = connectionRecord({ scopes: 'read', entries: both, ended: both })
  expect(boundOf(listed, read.parameters)).toEqual([read])
})

describe('the vault had a token of', () => {
  test.each<[string, Partial<ConnectionRecord> | undefined, unknown[]]>([
    ['nothing, without a connection', undefined, []],
    ['nothing, once it has ended', { status: 'disconnected', entries: [read] }, []],
    ['what was bound', { scopes: 'read', parameters: read.parameters, entries: [read, write] }, [read, write]],
    [
      'what is connected, also when its user has gone to the vendor for it again',
      { scopes: 'read', parameters: read.parameters, entries: [read, write], ended: [read, write] },
      [read],
    ],
  ])('%s', (_what, record, bound) => {
    expect(boundOf(record && connectionRecord(record), {})).toEqual(bound)
  })
})

describe('of the entries of consents, a connection does not know', () => {
  test.each<[string, Partial<ConnectionRecord> | undefined, unknown[]]>([
    ['any, where there is none', undefined, [read, write]],
    ['any, once it has ended', { status: 'disconnected', entries: [read] }, [read, write]],
    ['the others', { entries: [read, more] }, [write]],
  ])('%s', (_which, record, unknown) => {
    expect(notKnownTo(record && connectionRecord(record), [read, write])).toEqual(unknown)
  })
})

describe('the latch', () => {
  test('ends every entry, and keeps what its user knows the account by', () => {
    const known = { id: work, parameters: read.parameters, hint: 'bob', addedAt: 1, account: 'alice', connectedAt: 2 }
    const record = connectionRecord({ ...known, scopes: 'read', came: 'carol', heldUntil: 9, boundBy: 'x' as never })
    expect(latched({ named: undefined, hint: 'other' }, record, 3, [read], NOW)).toEqual({
      ...{ ...known, status: 'disconnecting', scopes: '', generation: 3 },
      ...{ entries: [read], ended: [read], onlyBound: true, disconnectedAt: NOW },
    })
  })

  test('of an account without a record has the id of its name, or a new one, and no more than is known', () => {
    const first = latched({ named: work, hint: 'bob' }, undefined, 1, [], NOW)
    expect(first).toStrictEqual({
      ...{ id: work, status: 'disconnecting', scopes: '', hint: 'bob', generation: 1 },
      ...{ entries: [], ended: [], onlyBound: true, disconnectedAt: NOW },
    })
    const { id, ...rest } = latched({ named: undefined }, undefined, 1, [], NOW)
    expect(id).toMatch(/^[\w-]{11}$/)
    expect(rest).not.toHaveProperty('hint')
  })
})

test('the latch of a connection with more entries than it has room for: only what is bound later is used', () => {
  const entries = Array.from({ length: 21 }, (_, n) => entryOf(`scope-${n}`))
  const all = latched({ named: work }, undefined, 1, entries, NOW)
  const last = entries.slice(1)
  expect(all).toMatchObject({ onlyBound: true, entries: last, ended: last })
  const before = connectionRecord({ hasMoreEntries: true })
  const next = latched({ named: work }, before, 1, [read], NOW)
  expect(next).toMatchObject({ onlyBound: true })
  expect(next).not.toHaveProperty('hasMoreEntries')
})

describe('what is left to revoke', () => {
  const userSession = 's'.repeat(22) as UserSessionRef
  const what = { toRead: [read], bound: [read] }

  test('is read in the name of the user session that ends it, and is of every account that it may be of', () => {
    const record = connectionRecord({ account: 'alice', came: 'bob' })
    expect(revoking({ userSession, requestId: 'r', account: 'bob' }, record, undefined, what, NOW)).toEqual({
      ...{ userSession, requestId: 'r', accounts: ['alice', 'bob'], since: NOW, claimedUntil: 0 },
      ...{ toRead: [read], bound: [read], toForget: [], tokens: [], revoked: 0, notConfirmed: 0, notRead: 0 },
    })
    expect(revoking({ requestId: 'r' }, undefined, undefined, what, NOW)).not.toHaveProperty('userSession')
  })

  test('is added to what was left before, and is read in the name of the user session of now, if there is one', () => {
    const left = {
      ...{ requestId: 'before', userSession: 'b'.repeat(22), accounts: ['carol'], since: 1, claimedUntil: 4 },
      ...{ toRead: [write], bound: [write], toForget: [more], tokens: [{ token: 't' }], notConfirmed: 1, revoked: 1 },
      notRead: 1,
    } as unknown as Revocation
    const record = connectionRecord({ status: 'disconnected', outcome: 'revoked' })
    const next = { ...left, requestId: 'r', since: NOW, claimedUntil: 0, toRead: [write, read], bound: [write, read] }
    const late = { requestId: 'r', account: 'carol' }
    expect(revoking(late, record, left, what, NOW)).toEqual(next)
    expect(revoking({ ...late, userSession }, record, left, what, NOW)).toEqual({ ...next, userSession })
    // A revocation of an earlier version does not say what was bound.
    const { bound: _, ...ofBefore } = left
    expect(revoking(late, record, ofBefore as Revocation, what, NOW)).toEqual({ ...next, bound: [read] })
  })

  test.each<[string, Partial<ConnectionRecord> | undefined, string | undefined, true | undefined]>([
    ['of an account without a name', {}, undefined, true],
    ['of an account with a name', { account: 'alice' }, undefined, undefined],
    ['of an account without a name that came', { status: 'wrong_account', account: 'alice' }, undefined, true],
    ['of an account with a name that came', { status: 'wrong_account', came: 'bob' }, undefined, undefined],
    ['of a late consent whose account was not read', { status: 'disconnected', account: 'alice' }, undefined, true],
    ['of a late consent whose account is known', { status: 'disconnected' }, 'bob', undefined],
    ['of a consent where there is no connection', undefined, undefined, true],
  ])('says whether an account of it is unknown: %s', (_what, record, account, hasUnnamed) => {
    const next = revoking({ requestId: 'r', account }, record && connectionRecord(record), undefined, what, NOW)
    expect(next.hasUnnamed).toBe(hasUnnamed)
    // It stays.
    const later = revoking({ requestId: 'r' }, connectionRecord({ account: 'alice' }), next, what, NOW)
    expect(later.hasUnnamed).toBe(hasUnnamed)
  })

  test.each<[string, Partial<ConnectionRecord>, object]>([
    ['it was revoked', { outcome: 'revoked' }, { revoked: 1, notConfirmed: 0, notRead: 0 }],
    ['it was not confirmed', { outcome: 'not_confirmed' }, { revoked: 0, notConfirmed: 1, endKnown: 0, notRead: 0 }],
    [
      'it cannot be revoked',
      { outcome: 'cannot_be_revoked', tokenEndsAt: 7 },
      { notConfirmed: 1, endKnown: 1, tokenEndsAt: 7 },
    ],
    ['it was not read', { outcome: 'not_revoked' }, { revoked: 0, notConfirmed: 0, notRead: 1 }],
    ['what was left is lost', { status: 'disconnecting' }, { notRead: 1 }],
    ['there was nothing', { outcome: 'nothing_to_revoke' }, { revoked: 0, notConfirmed: 0, notRead: 0 }],
  ])('has the end of the connection before as part of its own: %s', (_end, record, outcome) => {
    const ended = connectionRecord({ status: 'disconnected', ...record })
    expect(revoking({ requestId: 'r' }, ended, undefined, what, NOW)).toMatchObject(outcome)
  })

  test('has what was not read because there was no room for it', () => {
    const toRead = Array.from({ length: 22 }, (_, n) => entryOf(`scope-${n}`))
    const record = connectionRecord({ hasMoreEntries: true })
    expect(revoking({ requestId: 'r' }, record, undefined, { toRead, bound: [] }, NOW)).toMatchObject({
      toRead: toRead.slice(2),
      notRead: 3,
    })
  })

  test('has nothing of an end that has not come', () => {
    const open = connectionRecord({ outcome: 'not_revoked' })
    expect(revoking({ requestId: 'r' }, open, undefined, what, NOW)).toMatchObject({ notRead: 0 })
  })
})
