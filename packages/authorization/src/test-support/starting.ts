import {
  type AuthorizationId,
  consentTripKey,
  type PendingAuthorizationStatus,
  PLACES,
  pendingAuthorizationKey,
  type UserSessionRef,
  userSessionRefOf,
} from '@agent-identity/contracts'
import { createSealer } from '@agent-identity/service-runtime'
import { expect } from '@jest/globals'
import { createAuthorizationStarts } from '../authorization-starts.ts'
import { alice, ring, startPendingAuthorizations, token, urlOf } from './pending-authorizations.ts'

export const FIRST_BROWSER = 'f'.repeat(43)
export const SECOND_BROWSER = 's'.repeat(43)

export const started = (id: AuthorizationId) => ({ outcome: 'started', authorizationUrl: urlOf(id) })
export const open = (id: AuthorizationId) => expect.objectContaining({ id })
export const otherOpen = (id: AuthorizationId) => ({ outcome: 'other-consent-open', open: open(id) })

export async function startStarts() {
  const pending = await startPendingAuthorizations({ perUserSession: 10 })
  const { shared, redis, signedIn, recordOf } = pending
  const starts = createAuthorizationStarts({ ...shared, consentsAtOnce: 'one' })
  const unlimited = createAuthorizationStarts({ ...shared, consentsAtOnce: 'many' })

  /** By default, asks for a scope of its own. */
  const created = (ref: UserSessionRef, { scope = token(4), owner = alice } = {}) =>
    pending.created(ref, [scope], owner)

  async function start(id: AuthorizationId, browser = FIRST_BROWSER, by = starts) {
    return by.start(id, await recordOf(id), browser, 'ask')
  }
  async function startInstead(id: AuthorizationId, browser = FIRST_BROWSER) {
    return starts.start(id, await recordOf(id), browser, 'instead')
  }
  const setStatus = (id: AuthorizationId, status: PendingAuthorizationStatus) =>
    redis.hset(pendingAuthorizationKey(id), {
      progress: createSealer(ring, 'authorization progress').seal(
        JSON.stringify({ status, browserHash: FIRST_BROWSER }),
        PLACES.authorizationProgress(id),
      ),
    })
  const tripOf = (id: AuthorizationId) => redis.get(consentTripKey(userSessionRefOf(id)))

  /** Creates two authorizations, and starts the first one. */
  async function onATrip(): Promise<[AuthorizationId, AuthorizationId]> {
    const ref = await signedIn()
    const ids: [AuthorizationId, AuthorizationId] = [await created(ref), await created(ref)]
    expect(await start(ids[0])).toEqual(started(ids[0]))
    return ids
  }

  return { ...pending, starts, unlimited, created, start, startInstead, setStatus, tripOf, onATrip }
}
