import { createSecretKey, type KeyObject } from 'node:crypto'
import type { AuditEvent, AuditLine, KeyRing } from '@agent-identity/contracts'
import { type DestinationStream, pino } from 'pino'
import type { Clock } from './clock.ts'
import { keyedFingerprint } from './fingerprint.ts'
import { isoTime } from './iso-time.ts'
import { remembered } from './remembered.ts'
import { deriveSecrets } from './sealing.ts'

/** What a story is given to say what it does. Written before it returns: a process that is killed then has said it. */
export type Audit = (event: AuditEvent) => void

/** The same for every event of one request. */
export type AuditOf<Name extends AuditEvent['event']> = (
  event: WithoutRequestId<Extract<AuditEvent, { event: Name }>>,
) => void
type WithoutRequestId<Event> = Event extends unknown ? Omit<Event, 'requestId'> : never

export interface FingerprintKey {
  id: string
  secret: KeyObject
}

/** From the ring that both services share, so that a user session has one fingerprint in both. Rotation changes it. */
export function auditFingerprintKey(userSessionKeys: KeyRing): FingerprintKey {
  const [secret = ''] = deriveSecrets(userSessionKeys, 'audit fingerprint')
  return { id: userSessionKeys.sealWith, secret: createSecretKey(secret, 'utf8') }
}

/**
 * The audit trail: lines of its own, so that no log level turns it off, on the stdout that the log goes to. User, user
 * session and session URI leave as keyed fingerprints only.
 *
 * @param destination instead of stdout, for tests.
 */
export function createAuditTrail(settings: {
  service: AuditLine['service']
  fingerprintKey: FingerprintKey
  clock: Clock
  destination?: DestinationStream
}): Audit {
  const { service, fingerprintKey, clock } = settings
  // Synchronous: what is not yet written when a process is killed was never said.
  const trail = settings.destination ?? pino.destination({ fd: 1, sync: true })
  const { id: fingerprintKeyId, secret } = fingerprintKey
  const fingerprints = (kind: string) => {
    const fingerprint = remembered(REMEMBERED_FINGERPRINTS, (value) => keyedFingerprint(secret, kind, value))
    return (value: string | undefined) => (value === undefined ? undefined : fingerprint(value))
  }
  const fingerprintOfUser = fingerprints('user')
  const fingerprintOfUserSession = fingerprints('user session')
  const fingerprintOfSessionUri = fingerprints('session URI')

  return (event) => {
    const { user, userSession, sessionUri, ...said } = event as AuditEvent & Partial<Record<Nameable, string>>
    const line = {
      level: 'info',
      time: isoTime(clock()),
      service,
      audit: true,
      fingerprintKeyId,
      ...said,
      userFingerprint: fingerprintOfUser(user),
      userSessionFingerprint: fingerprintOfUserSession(userSession),
      sessionUriFingerprint: fingerprintOfSessionUri(sessionUri),
    }
    trail.write(`${JSON.stringify(line)}\n`)
  }
}

/** Whoever acts is named again in a moment: in the outcome after the intent, in the next step of a turn. */
const REMEMBERED_FINGERPRINTS = 100

type Nameable = 'user' | 'userSession' | 'sessionUri'
