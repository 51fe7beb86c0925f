import {
  type AuthorizationId,
  type ConnectedAccount,
  ConnectionId,
  type ConnectionRecord,
  type ConnectionRef,
  type EndedEntry,
  isEnded,
  isLatched,
  normalizeScopes,
  PENDING_AUTHORIZATION_GRACE_SECONDS,
  type ProviderId,
  splitScopes,
  type UserRef,
  type VaultEntry,
} from '@agent-identity/contracts'
import { type Clock, randomToken } from '@agent-identity/service-runtime'
import { isOf, lastOf, withEntry } from './asking.ts'
import type { ConnectionRecords, Read } from './connection-records.ts'
import { isOnlyBound, needsNewConsent } from './connection-state.ts'
import { doubtedAccountOf, doubtedOf, isElsewhere, isOfOthers, isRightAccount, withoutEntry } from './right-account.ts'

export interface Bound extends VaultEntry {
  generation: number
  hint?: string | undefined
  boundBy?: AuthorizationId | undefined
  /** When the authorization expires (Unix, ms). */
  expiresAt?: number | undefined
}

export type BoundOutcome =
  | { outcome: 'connected' | 'wrong-account'; record: ConnectionRecord }
  /** The generation has changed since the request. */
  | { outcome: 'superseded' }

/** Less than an authorization's record is kept after its expiry: without the record, the turns that wait could not be told. */
const HELD_MS = (PENDING_AUTHORIZATION_GRACE_SECONDS - 120) * 1_000

export function createConnections({ records, clock }: { records: ConnectionRecords; clock: Clock }) {
  /** @returns undefined when there is no record or `to` wants no change */
  async function change(
    ref: ConnectionRef,
    to: (record: ConnectionRecord, others: readonly ConnectionRecord[]) => ConnectionRecord | undefined,
  ): Promise<ConnectionRecord | undefined> {
    for (;;) {
      const seen = await records.read(ref)
      const others = await records.readOthers(ref)
      const next = seen.value && to(seen.value, others.records)
      if (!next) return undefined
      const left = await records.readRevocation(ref)
      if (await records.write(ref, seen, next, { seen: left, next: left.value }, others)) return next
    }
  }

  return {
    refsOf: async (user: UserRef, provider: ProviderId): Promise<ConnectionRef[]> =>
      (await records.readAll(user, provider)).map(({ ref }) => ref),

    find: async (ref: ConnectionRef): Promise<ConnectionRecord | undefined> => (await records.read(ref)).value,

    othersOf: async (ref: ConnectionRef): Promise<readonly ConnectionRecord[]> =>
      (await records.readOthers(ref)).records,

    /**
     * When the right account came, what was left to revoke is dropped if it may be of the same account: the vendor could end this connection with it.
     */
    async connected(ref: ConnectionRef, bound: Bound, { name, granted }: ConnectedAccount): Promise<BoundOutcome> {
      for (;;) {
        const seen = await records.read(ref)
        if ((seen.value?.generation ?? 0) !== bound.generation) return { outcome: 'superseded' }
        const others = await records.readOthers(ref)
        const isRight = !isElsewhere(others.records, name) && isRightAccount(seen.value, bound.hint, name)
        const now = boundTo(ref, seen, bound, granted, clock())
        const next = isRight
          ? { ...now, ...(name === undefined ? {} : { account: name }) }
          : wrong(now, seen.value, { came: name, heldUntil: Math.min(clock(), bound.expiresAt ?? clock()) + HELD_MS })
        const left = await records.readRevocation(ref)
        const more =
          left.value && (!isRight || isOfOthers(left.value, name)) ? withoutEntry(left.value, bound) : undefined
        if (!(await records.write(ref, seen, next, { seen: left, next: more }, others))) continue
        return { outcome: isRight ? 'connected' : 'wrong-account', record: next }
      }
    },

    /**
     * A consent that came too late, or whose account was not compared, may have put this entry into the vault. The entry is used only after another
     * consent, and its token is to be revoked when the connection ends.
     */
    async keepForRevocation(ref: ConnectionRef, { scopes, parameters }: VaultEntry): Promise<void> {
      await change(ref, (record) => {
        if (isEnded(record)) return undefined
        const entry = { scopes, parameters }
        const isCurrent = isOf(record, entry)
        return {
          ...record,
          ...knowing(record, entry),
          ended: [...record.ended.filter((one) => !isOf(one, entry)), entry],
          ...(isCurrent && record.status === 'connected' ? { status: 'needs_reauthorization' as const } : {}),
        }
      })
    },

    /**
     * Unless the connection has ended, what the vault has under this entry is not used until the account of a consent for it was compared: how the
     * consent that starts now ends may never be seen.
     */
    async consentStarts(ref: ConnectionRef, entry: EndedEntry): Promise<void> {
      await change(ref, (record) => {
        if (isEnded(record)) return undefined
        const { scopes, parameters = {} } = record
        const isCurrent = isOf(entry, { scopes, parameters })
        return {
          ...record,
          ended: [
            ...record.ended.filter(({ scopes, parameters }) => !parameters || !isOf(entry, { scopes, parameters })),
            entry,
          ],
          ...(isCurrent && record.status === 'connected' ? { status: 'needs_reauthorization' as const } : {}),
        }
      })
    },

    async needsReauthorization(ref: ConnectionRef): Promise<void> {
      await change(ref, (record) => (isLatched(record) ? undefined : { ...record, status: 'needs_reauthorization' }))
    },

    /** @returns undefined when `came`, of this generation, no longer waits for a decision, or another connection has the account */
    accept: (ref: ConnectionRef, came: string, generation: number): Promise<ConnectionRecord | undefined> =>
      change(ref, (record, others) =>
        record.status === 'wrong_account' &&
        record.came === came &&
        record.generation === generation &&
        !isElsewhere(others, came)
          ? settledAs(came, record, clock())
          : undefined,
      ),

    /** The vendor says by now which account came. @returns undefined when that is known or decided already, or in another generation. */
    name: (ref: ConnectionRef, account: string, generation: number): Promise<ConnectionRecord | undefined> =>
      change(ref, (record, others) => {
        if (record.status !== 'wrong_account' || record.came !== undefined) return undefined
        if (record.generation !== generation) return undefined
        return !isElsewhere(others, account) && isRightAccount(record, record.hint, account)
          ? settledAs(account, record, clock())
          : { ...record, came: account }
      }),

    /**
     * Its user says that it is not the right account. Tokens that were read before are not used any more.
     *
     * @param seen the name that they saw, if they saw one
     */
    doubt: (ref: ConnectionRef, seen?: string): Promise<ConnectionRecord | undefined> =>
      change(ref, (record) => {
        if (isEnded(record)) return undefined
        const { heldUntil: _, ...rest } = record
        // Where the vendor did not name the account that came, the expected one must not stand in its place, to be accepted.
        const came = record.status === 'wrong_account' ? record.came : record.account
        if (seen !== undefined && seen !== came) return undefined
        return {
          ...rest,
          status: 'wrong_account',
          doubted: true,
          ...doubtedAccountOf(came ?? rest.doubtedAccount),
          generation: record.generation + 1,
          ...(came === undefined ? {} : { came }),
        }
      }),

    /** Turns no longer wait for the decision. */
    letGo: (ref: ConnectionRef): Promise<ConnectionRecord | undefined> =>
      change(ref, (record) =>
        record.status === 'wrong_account' && record.heldUntil ? { ...record, heldUntil: 0 } : undefined,
      ),
  }
}

export type Connections = ReturnType<typeof createConnections>

function knowing(before: Pick<ConnectionRecord, 'entries' | 'hasMoreEntries'> | undefined, entry: VaultEntry) {
  const { kept, dropped } = lastOf(withEntry(before?.entries ?? [], entry))
  return { entries: kept, ...(before?.hasMoreEntries || dropped > 0 ? { hasMoreEntries: true as const } : {}) }
}

function boundTo(
  ref: ConnectionRef,
  { value: before }: Read<ConnectionRecord>,
  { generation, hint, boundBy, scopes, parameters }: Bound,
  granted: readonly string[] | undefined,
  now: number,
): ConnectionRecord {
  const entry = { scopes, parameters }
  return {
    id: before?.id ?? ref.named ?? ConnectionId.parse(randomToken(8)),
    status: 'connected',
    scopes,
    ...(granted === undefined ? {} : { granted: normalizeScopes(granted).join(' ') }),
    parameters,
    connectedAt: now,
    addedAt: before?.addedAt ?? before?.connectedAt ?? now,
    generation,
    ...knowing(before, entry),
    ended: (before?.ended ?? []).filter((one) => !isOf(one, entry)),
    ...(isOnlyBound(before) ? { onlyBound: true } : {}),
    ...(hint === undefined ? {} : { hint }),
    ...(boundBy === undefined ? {} : { boundBy }),
  }
}

/** A new generation: a consent that was asked for before connects nothing. */
function wrong(
  bound: ConnectionRecord,
  before: ConnectionRecord | undefined,
  { came, heldUntil }: { came: string | undefined; heldUntil: number },
): ConnectionRecord {
  const { connectedAt: _, ...rest } = bound
  return {
    ...rest,
    status: 'wrong_account',
    generation: bound.generation + 1,
    heldUntil,
    ...(before?.connectedAt === undefined ? {} : { connectedAt: before.connectedAt }),
    ...(before?.account === undefined ? {} : { account: before.account }),
    ...(came === undefined ? {} : { came }),
    ...(before?.doubted ? { doubted: true, ...doubtedAccountOf(doubtedOf(before)) } : {}),
  }
}

/** A consent that was started after the account came may still put another account's token into the vault: `ended` stays. */
function settledAs(account: string, record: ConnectionRecord, now: number): ConnectionRecord {
  const { came: _came, doubted: _doubted, doubtedAccount: _not, heldUntil: _held, ...rest } = record
  const next: ConnectionRecord = { ...rest, status: 'connected', account, connectedAt: now }
  const current = { scopes: splitScopes(record.scopes), parameters: record.parameters ?? {} }
  return needsNewConsent(next, current) ? { ...next, status: 'needs_reauthorization' } : next
}
