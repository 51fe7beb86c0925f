import {
  type AuthorizationId,
  type AuthorizationProgress,
  ConsentTrip,
  consentTripKey,
  consentTripValue,
  type KeyRing,
  type PendingAuthorization,
  PLACES,
  pendingAuthorizationKey,
  userSessionKey,
  userSessionRefOf,
} from '@agent-identity/contracts'
import {
  type Clock,
  createSealedRecord,
  type Logger,
  type PendingAuthorizationRecords,
  type RedisClient,
  runScript,
} from '@agent-identity/service-runtime'
import { z } from 'zod'
import { START } from './pending-authorization-scripts.ts'

export interface OpenConsent {
  id: AuthorizationId
  record: PendingAuthorization
  /** Unix time in milliseconds. */
  startedAt: number
}

export type Start =
  | { outcome: 'started'; authorizationUrl: string; setAside?: OpenConsent | undefined }
  | { outcome: 'other-consent-open'; open: OpenConsent }
  | { outcome: 'different-browser' }
  | { outcome: 'settled' }
  /** The authorization's sealed URL cannot be read. */
  | { outcome: 'not-readable' }

export type WhenAnotherIsOpen = 'ask' | 'instead'

const TRIES = 20

const SealedAuthorization = z.object({ authorizationUrl: z.url(), sessionUri: z.string() })

/**
 * Step 6 in Redis: returns an authorization URL to one browser. The first start records the hash of that browser, which is the one that signed in.
 *
 * @param dependencies.consentsAtOnce `one`: it is not known whether a second consent overwrites AgentCore's cookie of the first, which would then
 *   fail without a return here.
 */
export function createAuthorizationStarts(dependencies: {
  redis: RedisClient
  turnKeys: KeyRing
  records: PendingAuthorizationRecords
  consentsAtOnce: 'one' | 'many'
  clock: Clock
  log: Logger
}) {
  const { redis, records, consentsAtOnce, clock } = dependencies
  const sealed = createSealedRecord(dependencies.turnKeys, 'authorization', SealedAuthorization, dependencies.log)

  async function tripOf(asking: AuthorizationId, owner: string, browserHash: string) {
    const ref = userSessionRefOf(asking)
    const value = (await redis.get(consentTripKey(ref))) ?? ''
    const trip = ConsentTrip.safeParse(value).data
    // The value is not sealed: it must not lead to another user session.
    if (!trip || userSessionRefOf(trip.id) !== ref) return { value }
    if (trip.id === asking) return { value, same: true }
    const record = await records.read(trip.id)
    const open =
      record?.status === 'pending' &&
      clock() < record.expiresAt &&
      record.owner === owner &&
      record.browserHash === browserHash
    return open ? { value, open: { ...trip, record } } : { value }
  }

  /** The other consent may have ended before the script ran. */
  async function setAsideOf(open: OpenConsent | undefined): Promise<OpenConsent | undefined> {
    return open && (await records.read(open.id))?.status === 'pending' ? open : undefined
  }

  return {
    async start(
      id: AuthorizationId,
      asRead: PendingAuthorization,
      browserHash: string,
      whenAnotherIsOpen: WhenAnotherIsOpen,
    ): Promise<Start> {
      const ref = userSessionRefOf(id)
      const opened = sealed.open(asRead.sealedAuthorization, PLACES.authorizationUrl(id))
      if (!opened) return { outcome: 'not-readable' }
      const { authorizationUrl } = opened
      const keys = [pendingAuthorizationKey(id), userSessionKey(ref), consentTripKey(ref)]

      let record: PendingAuthorization | undefined = asRead
      for (let tries = 0; tries < TRIES; tries++) {
        if (record?.status !== 'pending') return { outcome: 'settled' }
        if (record.browserHash !== undefined && record.browserHash !== browserHash)
          return { outcome: 'different-browser' }
        const trip = consentsAtOnce === 'one' ? await tripOf(id, record.owner, browserHash) : undefined
        if (trip?.open && whenAnotherIsOpen === 'ask') return { outcome: 'other-consent-open', open: trip.open }
        const progress = record.browserHash
          ? record.sealedProgress
          : records.sealTransition(id, record, startedIn(browserHash))
        // The script does not compare the other consent's record: a consent that was over when it was read stays over.
        const next = trip?.same ? trip.value : consentTripValue({ id, startedAt: clock() })
        const args = [record.sealedProgress, progress, ...(trip ? [trip.value, next, record.expiresAt] : [])]
        const result = await runScript(redis, START, keys, args)
        if (result === 'started')
          return { outcome: 'started', authorizationUrl, setAside: await setAsideOf(trip?.open) }
        if (result !== 'overtaken') return { outcome: 'settled' }
        record = await records.read(id)
      }
      throw new Error('Too many concurrent starts of this user session')
    },
  }
}

const startedIn = (browserHash: string): AuthorizationProgress => ({ status: 'pending', browserHash })

export type AuthorizationStarts = ReturnType<typeof createAuthorizationStarts>
