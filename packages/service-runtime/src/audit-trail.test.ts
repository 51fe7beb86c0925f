import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import {
  type AuditEvent,
  AuditLine,
  BINDING_REFUSALS,
  type KeyRing,
  START_REFUSALS,
  type UserRef,
  type UserSessionRef,
} from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import { auditFingerprintKey, createAuditTrail } from './audit-trail.ts'
import { actor, EVENTS, requestId, sessionUri, startId } from './test-support/audit-events.ts'

const NOW = Date.parse('2026-11-24T10:00:00Z')
const ring = (sealWith: string): KeyRing => ({ sealWith, keys: { old: 'o'.repeat(43), new: 'n'.repeat(43) } })

function trail(service: AuditLine['service'] = 'agent-workload', keys = ring('old')) {
  const lines: string[] = []
  const destination = { write: (line: string) => void lines.push(line) }
  const audit = createAuditTrail({ service, fingerprintKey: auditFingerprintKey(keys), clock: () => NOW, destination })
  return { audit, lines, last: () => JSON.parse(lines.at(-1) ?? '') as Record<string, unknown> }
}

describe('a line of the audit trail', () => {
  test.each(Object.entries(EVENTS))('%s matches the contract, and contains no name', (_name, event) => {
    const { audit, lines } = trail()
    audit(event)
    expect(lines).toHaveLength(1)
    expect(AuditLine.parse(JSON.parse(lines[0] ?? ''))).toMatchObject({
      audit: true,
      event: event.event,
      service: 'agent-workload',
      time: '2026-11-24T10:00:00.000Z',
      requestId,
    })
    // A start's id may be in the line, and begins with the user session ref.
    const rest = (lines[0] ?? '').replaceAll(startId, '')
    for (const name of [actor.user, actor.userSession, sessionUri, 'octo']) expect(rest).not.toContain(name)
  })

  test('without a known user has no fingerprints', () => {
    const { audit, last } = trail('session-binding')
    audit({
      event: 'binding_refused',
      requestId,
      reason: 'not-signed-in',
      sessionUri: undefined,
      authorizationId: undefined,
    })
    expect(AuditLine.parse(last())).toEqual(last())
    expect(Object.keys(last()).filter((name) => name.endsWith('Fingerprint'))).toEqual([])
  })

  test('of a provider without scopes matches the contract', () => {
    const { audit, last } = trail()
    audit({ ...EVENTS.token_obtained, scopes: [] })
    expect(AuditLine.parse(last())).toMatchObject({ scopes: [] })
  })

  test('with an additional field is refused by the contract', () => {
    const { audit, last } = trail()
    audit({ ...EVENTS.signed_in, email: 'alice@example.com' } as AuditEvent)
    expect(AuditLine.safeParse(last()).success).toBe(false)
  })
})

describe('a fingerprint', () => {
  const fingerprints = (keys: KeyRing, service: AuditLine['service'], who = actor) => {
    const { audit, last } = trail(service, keys)
    audit({ ...EVENTS.bound, ...who })
    const { userFingerprint, userSessionFingerprint, sessionUriFingerprint, fingerprintKeyId } = last()
    return { userFingerprint, userSessionFingerprint, sessionUriFingerprint, fingerprintKeyId }
  }

  test('is the same in the agent workload and session binding, and different for another user', () => {
    const ours = fingerprints(ring('old'), 'agent-workload')
    expect(fingerprints(ring('old'), 'session-binding')).toEqual(ours)
    const other = { user: 'v'.repeat(22) as UserRef, userSession: 't'.repeat(22) as UserSessionRef }
    const theirs = fingerprints(ring('old'), 'agent-workload', other)
    expect(theirs.userFingerprint).not.toBe(ours.userFingerprint)
    expect(theirs.userSessionFingerprint).not.toBe(ours.userSessionFingerprint)
  })

  test('of equal values of two kinds differs', () => {
    const same = 'x'.repeat(22)
    const { userFingerprint, userSessionFingerprint } = fingerprints(ring('old'), 'agent-workload', {
      user: same as UserRef,
      userSession: same as UserSessionRef,
    })
    expect(userFingerprint).not.toBe(userSessionFingerprint)
  })

  test('of an account is the same for two users who have it, and another one for any other account', () => {
    const { audit, last } = trail()
    const fingerprintOf = (account: string, user = actor.user) => {
      audit({ ...EVENTS.account_connected, user, account })
      return last().accountFingerprint
    }
    const ours = fingerprintOf('github octo')
    expect(ours).toMatch(/^[\w-]+$/)
    expect(fingerprintOf('github octo', 'v'.repeat(22) as UserRef)).toBe(ours)
    for (const other of ['github octa', 'gitlab octo']) expect(fingerprintOf(other)).not.toBe(ours)
  })

  test('changes with the sealing key, and the line names that key', () => {
    const before = fingerprints(ring('old'), 'agent-workload')
    const after = fingerprints(ring('new'), 'agent-workload')
    expect([before.fingerprintKeyId, after.fingerprintKeyId]).toEqual(['old', 'new'])
    for (const name of ['userFingerprint', 'userSessionFingerprint', 'sessionUriFingerprint'] as const)
      expect(after[name]).not.toBe(before[name])
    const alone = auditFingerprintKey({ sealWith: 'old', keys: { old: 'o'.repeat(43) } })
    expect(auditFingerprintKey(ring('old')).secret.equals(alone.secret)).toBe(true)
  })
})

test('is written although the log is silent, and before the process can be killed', () => {
  const code = `
    import { auditFingerprintKey, createAuditTrail } from './audit-trail.ts'
    import { createLogger } from './logger.ts'
    createLogger({ service: 'agent-workload', level: 'silent' }).error('not this')
    const fingerprintKey = auditFingerprintKey({ sealWith: 'k', keys: { k: 'k'.repeat(43) } })
    const audit = createAuditTrail({ service: 'agent-workload', fingerprintKey, clock: Date.now })
    for (let n = 1; n <= 1_000; n++) audit({ event: 'sign_in_refused', requestId: String(n), reason: 'no-state' })
    process.kill(process.pid, 'SIGKILL')
  `
  let output = ''
  try {
    execFileSync(
      process.execPath,
      ['--input-type=module-typescript', '--disable-warning=ExperimentalWarning', '-e', code],
      {
        cwd: import.meta.dirname,
        encoding: 'utf8',
      },
    )
  } catch (error) {
    output = (error as { stdout: string }).stdout
  }
  const lines = output.trim().split('\n')
  expect(lines).toHaveLength(1_000)
  expect(AuditLine.parse(JSON.parse(lines.at(-1) ?? ''))).toMatchObject({ event: 'sign_in_refused', requestId: '1000' })
})

test('docs/audit.md has an example of every event, in its real format', () => {
  const text = readFileSync(new URL('../../../docs/audit.md', import.meta.url), 'utf8')
  const examples = [...text.matchAll(/^\{"level".*$/gm)].map(([line]) => AuditLine.parse(JSON.parse(line)))
  expect(examples.map(({ event }) => event).sort()).toEqual(Object.keys(EVENTS).sort())
  for (const reason of [...START_REFUSALS, ...BINDING_REFUSALS]) expect(text).toContain(`\`${reason}\``)
})
