import { setTimeout as delay } from 'node:timers/promises'
import {
  type AuthorizationId,
  type ConnectionRecord,
  type ConnectionRef,
  type DisconnectionId,
  disconnectionIdOf,
  isEnded,
  type OfferedProviders,
  type PendingAuthorization,
  parseDisconnectionId,
  REVOCATIONS_DUE_KEY,
  splitScopes,
  type UserSessionRef,
  userSessionRefOf,
  type VaultEntry,
} from '@agent-identity/contracts'
import type { Audit, Clock, Logger, RedisClient } from '@agent-identity/service-runtime'
import type { AskedFor } from '../asked-for.ts'
import { createDueSet } from '../due-set.ts'
import { forgetTimeOfEnded } from '../erasures/forget-details.ts'
import { isOf, lastOf, withEntry } from './asking.ts'
import type { ConnectionCalls } from './connection-calls.ts'
import type { ConnectionRecords } from './connection-records.ts'
import { isUnderWay, whichOf } from './connection-state.ts'
import { boundOf, entriesOf, latched, notKnownTo, revoking } from './latched-connection.ts'
import { withToken } from './revocation-steps.ts'
import { createRevocationWaits } from './revocation-waits.ts'

export interface Disconnecting extends ConnectionRef {
  /** In whose name the token vault is read. */
  userSession?: UserSessionRef
  isErased?: true
  requestId: string
  /** Of a consent that came too late, if the vendor named it. */
  account?: string | undefined
}

interface Dependencies {
  redis: RedisClient
  offered: OfferedProviders
  records: ConnectionRecords
  calls: Pick<ConnectionCalls, 'calm' | 'until'>
  authorizations: {
    listOf(ref: ConnectionRef): Promise<{ id: AuthorizationId; record: PendingAuthorization }[]>
    end(id: AuthorizationId, status: 'cancelled'): Promise<boolean>
    findUnchecked(asked: AskedFor): Promise<AuthorizationId | undefined>
  }
  notify(id: AuthorizationId): Promise<void>
  settle(ref: ConnectionRef): Promise<'settled' | { later: number }>
  audit: Audit
  clock: Clock
  log: Logger
  /** How long the revocation is waited for; it goes on after that. */
  answeredWithinMs?: number
  pause?: (ms: number) => Promise<unknown>
}

const ANSWERED_WITHIN_MS = 4_000
/** After this time a replica looks at the revocation, in case this one has died. */
const LOOK_AFTER_MS = 5_000
const VAULT_TRIES = 4
const VAULT_PAUSE_MS = 1_000
/** Longer than the timers of other replicas sleep. */
const READ_ELSEWHERE_WITHIN_MS = VAULT_TRIES * (VAULT_PAUSE_MS + ANSWERED_WITHIN_MS)
/** How long a replica that does not offer the provider waits for one that does. The clocks of replicas should differ by less. */
const LEFT_TO_OTHERS_MS = 500

export function createDisconnections(dependencies: Dependencies) {
  const { redis, offered, records, calls, authorizations, notify, settle, audit, clock, log } = dependencies
  const { answeredWithinMs = ANSWERED_WITHIN_MS, pause = delay } = dependencies
  const dueSet = createDueSet<DisconnectionId>(redis, REVOCATIONS_DUE_KEY)

  async function settleOne(id: DisconnectionId): Promise<'settled' | { later: number }> {
    const which = parseDisconnectionId(id)
    return dueSet.settle(id, async () => (which ? settle(which) : 'settled'))
  }

  /** The due entry is in another slot, so it is written before the record: a record without a due entry might wait for ever. */
  const lookSoon = (ref: ConnectionRef) => dueSet.lookAt(disconnectionIdOf(ref), clock() + LOOK_AFTER_MS)

  const openOf = async (ref: ConnectionRef) =>
    (await authorizations.listOf(ref)).filter(({ record }) => isUnderWay(record, clock()))

  /** Authorizations of the latch's generation are for a new connection. */
  async function cancelBefore(generation: number, who: Disconnecting): Promise<void> {
    const { user, provider, requestId } = who
    for (const { id, record } of await openOf(who)) {
      if ((record.generation ?? 0) >= generation || !(await authorizations.end(id, 'cancelled'))) continue
      const { correlationId, scopes } = record
      const about = { authorizationId: id, correlationId, provider, scopes: splitScopes(scopes) }
      audit({ event: 'cancelled', requestId, user, userSession: userSessionRefOf(id), ...about })
      await notify(id)
    }
  }

  async function latch(who: Disconnecting, open: readonly PendingAuthorization[]): Promise<void> {
    const { provider, requestId, userSession } = who
    const parameters = { ...offered.get(provider)?.customParameters }
    await lookSoon(who)
    for (;;) {
      const seen = await records.read(who)
      // Authorizations of an earlier generation connect nothing anyway.
      const current = open.filter((one) => (one.generation ?? 0) >= (seen.value?.generation ?? 0))
      if ((isEnded(seen.value) || !seen.value) && current.length === 0) return
      const waiting = current.map((one) => ({ scopes: one.scopes, parameters: one.parameters ?? parameters }))
      const entries = entriesOf(seen.value, waiting, parameters)
      const left = await records.readRevocation(who)
      const before = Math.max(seen.value?.generation ?? 0, ...current.map(({ generation = 0 }) => generation))
      const next = latched({ ...who, hint: current[0]?.hint }, seen.value, before + 1, entries, clock())
      // What was bound before an earlier latch is in `left`, is done, or is lost and counts as not read.
      const toRead = isEnded(seen.value) ? waiting : entries
      const bound = [...boundOf(seen.value, parameters), ...(who.isErased ? notKnownTo(seen.value, waiting) : [])]
      const counted = revoking(who, seen.value, left.value, { toRead, bound }, clock())
      // After an erasure, the token of a consent that is still `binding` may never be read.
      const binding = who.isErased ? current.filter(({ status }) => status === 'binding').length : 0
      const more = { ...counted, notRead: counted.notRead + binding }
      if (!(await records.write(who, seen, next, { seen: left, next: more }))) continue
      // A replica may have removed the due entry in between.
      await lookSoon(who)
      audit({ event: 'connection_latched', requestId, userSession, ...whichOf(who) })
      return
    }
  }

  /** Waits for a limited time: once the user session has ended, nothing can be read in its name. */
  async function untilVaultIsRead(who: Disconnecting): Promise<void> {
    const isRead = async () => ((await records.readRevocation(who)).value?.toRead ?? []).length === 0
    // A replica that offers the provider can read the vault. A look by this replica would postpone what is due for the others.
    if (!offered.has(who.provider)) {
      if (who.userSession) await calls.until([who], isRead, READ_ELSEWHERE_WITHIN_MS)
      return
    }
    for (let tries = 0; tries < VAULT_TRIES; tries++) {
      if (await calls.until([who], isRead, VAULT_PAUSE_MS)) return
      await settleNow(disconnectionIdOf(who))
    }
  }

  return {
    cancelOpen: (who: Disconnecting): Promise<void> => cancelBefore(Number.POSITIVE_INFINITY, who),

    /**
     * Once it has returned, no call of a tool begins with this connection until its user connects again, on any replica. Calls under way are
     * aborted; their end is waited for, for a limited time. Safe to repeat.
     *
     * @returns the record, also when the connection had ended before; undefined when there is neither a record nor an open authorization
     */
    async disconnect(who: Disconnecting): Promise<ConnectionRecord | undefined> {
      if (who.isErased) await forgetTimeOfEnded(who, records)
      const undecided = (await records.read(who)).value
      await latch(
        who,
        (await openOf(who)).map(({ record }) => record),
      )
      const { value } = await records.read(who)
      if (!value) return undefined
      await cancelBefore(value.generation, who)
      if (undecided?.heldUntil && undecided.boundBy) await notify(undecided.boundBy)
      await calls.calm(who)
      await settleNow(disconnectionIdOf(who))
      if (who.isErased) await untilVaultIsRead(who)
      return (await records.read(who)).value
    },

    /**
     * A consent came after its user disconnected: its token is to be revoked, unless the user has connected again since.
     *
     * @param toRead entries under which the vault may have that token
     * @param token of that consent: the vault may have been asked to forget it
     */
    async endLate(who: Disconnecting, toRead: readonly VaultEntry[], token: string): Promise<void> {
      await lookSoon(who)
      for (;;) {
        const seen = await records.read(who)
        if (!isEnded(seen.value) || !seen.value) return
        const left = await records.readRevocation(who)
        const more = withToken(revoking(who, seen.value, left.value, { toRead, bound: [] }, clock()), token, {
          way: offered.get(who.provider)?.revocation,
          toRead,
          clock,
        })
        const next: ConnectionRecord = {
          ...seen.value,
          status: 'disconnecting',
          entries: lastOf(toRead.reduce(withEntry, seen.value.entries)).kept,
          // Like every entry of a latch, these are used only after another consent.
          ended: [...seen.value.ended.filter((one) => !toRead.some((late) => isOf(one, late))), ...toRead],
        }
        if (await records.write(who, seen, next, { seen: left, next: more })) return void (await lookSoon(who))
      }
    },

    /** Ends a connection that was never used. The vendor is not told: it could end the account's other connection, too. */
    async endUnused(who: Disconnecting): Promise<void> {
      await lookSoon(who)
      for (;;) {
        const seen = await records.read(who)
        if (!seen.value || isEnded(seen.value)) return
        const left = await records.readRevocation(who)
        const entries = entriesOf(seen.value, [], {})
        const next = latched(who, seen.value, seen.value.generation + 1, entries, clock())
        const more = { ...revoking(who, seen.value, left.value, { toRead: [], bound: [] }, clock()), toForget: entries }
        if (!(await records.write(who, seen, next, { seen: left, next: more }))) continue
        await lookSoon(who)
        audit({ event: 'connection_latched', requestId: who.requestId, userSession: who.userSession, ...whichOf(who) })
        await cancelBefore(next.generation, who)
        return settleNow(disconnectionIdOf(who))
      }
    },

    ...createRevocationWaits(dependencies),

    /** Called in case Redis has lost the due entry. */
    async lookAgain(ref: ConnectionRef): Promise<void> {
      await redis.zadd(REVOCATIONS_DUE_KEY, 'NX', clock(), disconnectionIdOf(ref))
    },

    /** A replica may have died before it has cancelled the open authorizations. */
    async settle(id: DisconnectionId): Promise<'settled' | { later: number }> {
      const which = parseDisconnectionId(id)
      if (which && !offered.has(which.provider)) await pause(LEFT_TO_OTHERS_MS)
      const { value } = which ? await records.read(which) : { value: undefined }
      if (which && value && isEnded(value)) {
        const left = (await records.readRevocation(which)).value
        await cancelBefore(value.generation, { ...which, requestId: left?.requestId ?? 'unknown' })
      }
      return settleOne(id)
    },
  }

  async function settleNow(id: DisconnectionId): Promise<void> {
    const settling = settleOne(id)
      .then(async (result) => {
        // The due entry may have been removed meanwhile.
        if (result !== 'settled') await dueSet.lookAt(id, result.later)
      })
      // The connection is latched already: what is left is done later.
      .catch((err) => log.warn({ err }, 'a revocation was not settled; another look is due'))
    await Promise.race([settling, delay(answeredWithinMs, undefined, { ref: false })])
  }
}

export type Disconnections = ReturnType<typeof createDisconnections>
