import type { UserRef, UserSessionRef } from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import type { SignInAuditEvent } from './audit.ts'
import type { RevocationOutcome } from './oidc-client.ts'
import { createRevocations } from './revocations.ts'
import { createRecordedLog } from './test-support/recorded-log.ts'

const actor = {
  requestId: 'a-request',
  user: 'a'.repeat(22) as UserRef,
  userSession: 's'.repeat(22) as UserSessionRef,
}

function world() {
  const audit: SignInAuditEvent[] = []
  const { log, matching } = createRecordedLog()
  const answered = Promise.withResolvers<RevocationOutcome>()
  const oidc = { revoke: () => answered.promise }
  const revocations = createRevocations({ oidc, audit: (event) => void audit.push(event), log })
  return { audit, matching, answered, ...revocations }
}

describe('a process that stops', () => {
  test('ends only when each revocation under way has an answer in the trail', async () => {
    const { audit, answered, matching, revoke, finish } = world()
    void revoke('one', actor)
    void revoke('two', actor)
    let ended = false
    const finished = finish(new AbortController().signal).then(() => {
      ended = true
    })
    await new Promise(setImmediate)
    expect([ended, audit]).toEqual([false, []])
    answered.resolve('revoked')
    await finished
    expect(audit.map(({ event }) => event)).toEqual(['refresh_token_revocation', 'refresh_token_revocation'])
    await finish(new AbortController().signal)
    expect(matching('waiting until')).toHaveLength(1)
  })

  test('waits for a refresh under way, and for the revocation to which it leads', async () => {
    const { audit, answered, revoke, mayFollow, finish } = world()
    const [refresh, another] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    mayFollow(refresh.promise.then(() => void revoke('one', actor)))
    mayFollow(another.promise)
    let ended = false
    const finished = finish(new AbortController().signal).then(() => {
      ended = true
    })
    refresh.resolve()
    another.reject(new Error('Redis is away'))
    await new Promise(setImmediate)
    expect([ended, audit]).toEqual([false, []])
    answered.resolve('revoked')
    await finished
    expect(audit).toHaveLength(1)
  })

  test('does not wait beyond its time, or after it, and says how many are lost', async () => {
    const { matching, revoke, finish } = world()
    void revoke('one', actor)
    const time = new AbortController()
    const finished = finish(time.signal)
    time.abort()
    await finished
    await finish(time.signal)
    const lost = matching('before the issuer has').map(({ text }) => text)
    expect(lost).toEqual([expect.stringContaining('revocations: 1'), expect.stringContaining('revocations: 1')])
    expect(matching('waiting until')[0]?.text).toContain('revocations: 1')
  })

  test('says how many refreshes are lost', async () => {
    const { matching, mayFollow, finish } = world()
    mayFollow(new Promise(() => undefined))
    await finish(AbortSignal.abort())
    expect(matching('before the issuer has')[0]?.text).toContain('refreshes: 1')
  })

  test('does not wait when nothing is under way: no user has signed out, or the issuer gave no refresh token', async () => {
    const { matching, revoke, finish } = world()
    await revoke(undefined, actor)
    await finish(new AbortController().signal)
    expect(matching('revoke')).toEqual([])
  })
})

test('a result that cannot be recorded does not reject, and the log has the cause', async () => {
  const { log, matching } = createRecordedLog()
  const audit = () => {
    throw new Error('the trail is full')
  }
  const { revoke } = createRevocations({ oidc: { revoke: async () => 'revoked' }, audit, log })
  await revoke('one', actor)
  expect(matching('the trail is full')).toHaveLength(1)
})
