import type { ConnectionRecord, ConnectionRef, PendingAuthorization, UserRef } from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import { connectionRecord } from '../test-support/connection.ts'
import { isOnlyBound, isStill, isUnderWay, needsNewConsent, stateOf, whichOf } from './connection-state.ts'

const asked = { scopes: ['read', 'write'], parameters: { login_hint: 'alice' } }
const entry = { scopes: 'read write', parameters: { login_hint: 'alice' } }

describe('what the vault has needs a new consent', () => {
  test.each<[string, Partial<ConnectionRecord> | undefined, boolean]>([
    ['without a record', undefined, true],
    ['not while it is connected', {}, false],
    ['not while the vendor has to be asked again', { status: 'needs_reauthorization' }, false],
    ['while it is being ended', { status: 'disconnecting' }, true],
    ['once it has ended', { status: 'disconnected' }, true],
    ['while another account waits for its user', { status: 'wrong_account' }, true],
    ['where this was ended', { ended: [entry] }, true],
    ['where it was ended by a record of an earlier version', { ended: [{ scopes: 'read write' }] }, true],
    ['not where other scopes were ended', { ended: [{ ...entry, scopes: 'read' }] }, false],
    ['not where other parameters were ended', { ended: [{ ...entry, parameters: {} }] }, false],
    ['where only what was bound is used, and this was not', { onlyBound: true }, true],
    ['not where only what was bound is used, and this was', { onlyBound: true, entries: [entry] }, false],
    ['where other parameters were bound', { onlyBound: true, entries: [{ ...entry, parameters: {} }] }, true],
  ])('%s', (_when, record, needed) => {
    expect(needsNewConsent(record && connectionRecord(record), asked)).toBe(needed)
  })
})

test.each<[string, Partial<ConnectionRecord> | undefined, boolean]>([
  ['without a record', undefined, true],
  ['once its user was erased', { onlyBound: true }, true],
  ['where the record has ended', { status: 'disconnected', entries: [entry] }, true],
  ['not of a record of an earlier version, which has no entries', {}, false],
])('only what is bound from now on is used %s', (_when, record, only) => {
  expect(isOnlyBound(record && connectionRecord(record))).toBe(only)
})

describe('a token of a generation is used', () => {
  test.each<[string, number, Partial<ConnectionRecord> | undefined, boolean]>([
    ['while it is that one', 1, { generation: 1 }, true],
    ['while the vendor has to be asked again', 1, { generation: 1, status: 'needs_reauthorization' }, true],
    ['not after another one', 1, { generation: 2 }, false],
    ['not before it', 1, { generation: 0 }, false],
    ['not once it is latched', 1, { generation: 1, status: 'disconnecting' }, false],
    ['not without a record', 1, undefined, false],
    ['not without a record, also of the first generation', 0, undefined, false],
  ])('%s', (_when, generation, record, used) => {
    expect(isStill(generation)(record && connectionRecord(record))).toBe(used)
  })
})

test.each([
  ['pending', -1, true],
  ['pending', 0, false],
  ['binding', 0, true],
  ['bound', 0, true],
  ['unconfirmed', 0, true],
  ['failed', -1, false],
  ['cancelled', -1, false],
  ['expired', -1, false],
] as const)('a consent that is %s, %i ms from its expiry, may still connect: %s', (status, from, is) => {
  expect(isUnderWay({ status, expiresAt: 10 } as PendingAuthorization, 10 + from)).toBe(is)
})

test('what an authorization keeps of its connection: its generation, and when it was ended', () => {
  expect(stateOf(undefined)).toStrictEqual({ generation: 0 })
  expect(stateOf(connectionRecord({ generation: 2, disconnectedAt: 5 }))).toStrictEqual({ generation: 2 })
  const ended = connectionRecord({ generation: 2, status: 'disconnected', disconnectedAt: 5 })
  expect(stateOf(ended)).toStrictEqual({ generation: 2, disconnectedAt: 5 })
})

test('the audit trail names the user, the provider and, where there is one, the id of the account', () => {
  const ref: ConnectionRef = { user: 'a'.repeat(22) as UserRef, provider: 'github', named: undefined }
  expect(whichOf(ref)).toStrictEqual({ user: ref.user, provider: 'github' })
  const named = { ...ref, named: 'connection1' as never }
  expect(whichOf(named)).toStrictEqual({ user: ref.user, provider: 'github', accountId: 'connection1' })
})
