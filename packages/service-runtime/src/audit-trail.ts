import { createSecretKey, type KeyObject } from 'node:crypto'
import type { AuditEvent, AuditLine, KeyRing } from '@agent-identity/contracts'
import { type DestinationStream, pino } from 'pino'
import type { Clock } from './clock.ts'
import { keyedFingerprint } from './fingerprint.ts'
import { deriveSecrets } from './sealing.ts'

/** Writes before it returns: a killed process loses no line. */
export type Audit = (event: AuditEvent) => void

/** Without the request id, which the function adds. */
export type AuditOf<Name extends AuditEvent['event']> = (
  event: WithoutRequestId<Extract<AuditEvent, { event: Name }>>,
) => void
type WithoutRequestId<Event> = Event extends unknown ? Omit<Event, 'requestId'> : never

export interface FingerprintKey {
  id: string
  secret: KeyObject
}

/** The same ring gives the same fingerprints. A new sealing key changes them. */
export function auditFingerprintKey(ring: KeyRing): FingerprintKey {
  const [secret = ''] = deriveSecrets(ring, 'audit fingerprint')
  return { id: ring.sealWith, secret: createSecretKey(secret, 'utf8') }
}

/**
 * Lines on stdout, which no log level switches off. Users, user session, session URI and account are keyed fingerprints. An
 * authorization's id is written as it is. It begins with the user session ref.
 */
export function createAuditTrail(settings: {
  service: AuditLine['service']
  fingerprintKey: FingerprintKey
  clock: Clock
  destination?: DestinationStream
}): Audit {
  const { service, fingerprintKey, clock } = settings
  const trail = settings.destination ?? pino.destination({ fd: 1, sync: true })
  const { id: fingerprintKeyId, secret } = fingerprintKey
  const fingerprints = (kind: string) => (value: string | undefined) =>
    value === undefined ? undefined : keyedFingerprint(secret, kind, value)
  const fingerprintOfUser = fingerprints('user')
  const fingerprintOfUserSession = fingerprints('user session')
  const fingerprintOfSessionUri = fingerprints('session URI')
  const fingerprintOfAccount = fingerprints('account')

  return (event) => {
    const { user, erasedUser, userSession, sessionUri, account, ...said } = event as AuditEvent &
      Partial<Record<Nameable, string>>
    const line = {
      level: 'info',
      time: new Date(clock()).toISOString(),
      service,
      audit: true,
      fingerprintKeyId,
      ...said,
      userFingerprint: fingerprintOfUser(user),
      erasedUserFingerprint: fingerprintOfUser(erasedUser),
      userSessionFingerprint: fingerprintOfUserSession(userSession),
      sessionUriFingerprint: fingerprintOfSessionUri(sessionUri),
      accountFingerprint: fingerprintOfAccount(account),
    }
    trail.write(`${JSON.stringify(line)}\n`)
  }
}

type Nameable = 'user' | 'erasedUser' | 'userSession' | 'sessionUri' | 'account'
