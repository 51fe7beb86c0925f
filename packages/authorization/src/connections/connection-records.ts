import {
  AUTHORIZATION_EXPIRIES_KEY,
  ConnectionId,
  ConnectionRecord,
  type ConnectionRef,
  connectionField,
  connectionKey,
  connectionUsesKey,
  DEFAULT_ACCOUNT_FIELD,
  DefaultAccount,
  isEnded,
  type KeyRing,
  LOOK_AFTER_CHANGE_MS,
  PLACES,
  type ProviderId,
  Revocation,
  revocationKey,
  type UserRef,
} from '@agent-identity/contracts'
import {
  type Audit,
  type Clock,
  createSealedRecord,
  type Logger,
  type RedisClient,
  randomToken,
  runScript,
  sha256,
} from '@agent-identity/service-runtime'
import { isSameAccount } from './asking.ts'
import { tellConnectionChanged } from './connection-changes.ts'
import { FORGET, READ, WRITE } from './connection-scripts.ts'
import { whichOf } from './connection-state.ts'
import { boundOf } from './latched-connection.ts'
import { isOfOthers, withoutEntry } from './right-account.ts'

/** How long, at the most, the vendor is asked to revoke a token, and a `Revocation` is kept after its last change. */
export const REVOCATION_KEPT_MS = 30 * 24 * 3_600_000

/** `stored`: the sealed value as it was read, empty for none. */
export interface Read<Value> {
  value: Value | undefined
  stored: string
}

export interface Others {
  records: readonly ConnectionRecord[]
  fields: readonly (readonly [field: string, stored: string])[]
}

/** Its user may have ended a connection whose record does not open. With a generation from the stored value, no earlier consent fits. */
const unreadable = (stored: string, { named }: ConnectionRef): ConnectionRecord =>
  ConnectionRecord.parse({
    ...(named === undefined ? {} : { id: named }),
    status: 'disconnected',
    scopes: '',
    generation: Buffer.from(sha256(stored), 'base64url').readUIntBE(0, 5),
  })

/** For programs that may not open what is left to revoke. */
export function createConnectionReader(dependencies: { redis: RedisClient; connectionKeys: KeyRing; log: Logger }) {
  const { redis, connectionKeys, log } = dependencies
  const connection = createSealedRecord(connectionKeys, 'connection', ConnectionRecord, log)
  const choice = createSealedRecord(connectionKeys, 'default account', DefaultAccount, log)
  const open = (stored: string, ref: ConnectionRef) =>
    connection.open(stored, PLACES.connection(ref)) ?? unreadable(stored, ref)

  async function readFields(user: UserRef, provider: ProviderId) {
    const fields = Object.entries(await redis.hgetall(connectionKey(user, provider)))
    const accounts = fields.flatMap(([field, stored]) => {
      const ref = { user, provider, named: ConnectionId.safeParse(field).data }
      return stored === '' || connectionField(ref) !== field ? [] : [{ ref, record: open(stored, ref) }]
    })
    return { fields, accounts }
  }

  return {
    async read(ref: ConnectionRef): Promise<Read<ConnectionRecord>> {
      const stored = (await redis.hget(connectionKey(ref.user, ref.provider), connectionField(ref))) ?? ''
      if (stored === '') return { value: undefined, stored }
      return { value: open(stored, ref), stored }
    },

    readAll: async (user: UserRef, provider: ProviderId): Promise<{ ref: ConnectionRef; record: ConnectionRecord }[]> =>
      (await readFields(user, provider)).accounts,

    async readOthers(ref: ConnectionRef): Promise<Others> {
      const { fields, accounts } = await readFields(ref.user, ref.provider)
      return {
        records: accounts.flatMap((one) => (one.ref.named === ref.named ? [] : [one.record])),
        fields: fields.filter(([field]) => field !== connectionField(ref)),
      }
    },

    /** The user may not have this account any more. */
    async readDefault(user: UserRef, provider: ProviderId): Promise<ConnectionId | undefined> {
      const stored = await redis.hget(connectionKey(user, provider), DEFAULT_ACCOUNT_FIELD)
      return stored ? choice.open(stored, PLACES.defaultAccount(user, provider))?.account : undefined
    },
  }
}

export type ConnectionReader = ReturnType<typeof createConnectionReader>

/** A connection and what is left to revoke of it: sealed records that change together. */
export function createConnectionRecords(dependencies: {
  redis: RedisClient
  connectionKeys: KeyRing
  userTokensKeys: KeyRing
  audit: Audit
  clock: Clock
  log: Logger
}) {
  const { redis, connectionKeys, userTokensKeys, audit, clock, log } = dependencies
  const connection = createSealedRecord(connectionKeys, 'connection', ConnectionRecord, log)
  const revocation = createSealedRecord(userTokensKeys, 'revocation', Revocation, log)

  const choice = createSealedRecord(connectionKeys, 'default account', DefaultAccount, log)

  const reader = createConnectionReader(dependencies)

  return {
    ...reader,

    async forgetDefault(user: UserRef, provider: ProviderId): Promise<void> {
      await redis.hdel(connectionKey(user, provider), DEFAULT_ACCOUNT_FIELD)
    },

    async writeDefault(user: UserRef, provider: ProviderId, account: ConnectionId): Promise<void> {
      const stored = choice.seal({ account }, PLACES.defaultAccount(user, provider))
      await redis.hset(connectionKey(user, provider), { [DEFAULT_ACCOUNT_FIELD]: stored })
      await tellConnectionChanged(redis, { user, provider, named: undefined })
    },

    async readRevocation(ref: ConnectionRef): Promise<Read<Revocation>> {
      const keys = [connectionKey(ref.user, ref.provider), revocationKey(ref)]
      const [storedOf, stored] = (await runScript(redis, READ, keys, [connectionField(ref)])) as [string, string]
      const value = stored === '' ? undefined : revocation.open(stored, PLACES.revocation(ref))
      if (!value) return { value, stored }
      const of = connection.open(storedOf, PLACES.connection(ref))
      return { value: of && itsOwn(value, of), stored }
    },

    /** Deletes a record that is `disconnected`. */
    async forget(ref: ConnectionRef): Promise<boolean> {
      const key = connectionKey(ref.user, ref.provider)
      const seen = await reader.read(ref)
      if (seen.value?.status !== 'disconnected') return false
      return (await runScript(redis, FORGET, [key], [connectionField(ref), seen.stored])) === 'forgotten'
    },

    /**
     * @param left without `seen`, whatever is there is replaced; without `next`, nothing is left
     * @param others other fields, which must not have changed either
     * @returns the connection and what is left to revoke as they are now, or undefined when something had changed
     */
    async write(
      ref: ConnectionRef,
      seen: Read<ConnectionRecord>,
      next: ConnectionRecord,
      left: { seen?: Read<Revocation>; next?: Revocation | undefined },
      others?: Others,
    ): Promise<{ connection: Read<ConnectionRecord>; left: Read<Revocation> } | undefined> {
      const id = left.next && randomToken(8)
      const nextLeft = left.next && { ...left.next, id }
      const { revocation: _, ...rest } = next
      const record = id === undefined ? rest : { ...rest, revocation: id }
      const stored = connection.seal(record, PLACES.connection(ref))
      const storedLeft = nextLeft ? revocation.seal(nextLeft, PLACES.revocation(ref)) : ''
      // This entry is in another slot, so it is written before: if this process dies, an expiry timer tells the turns that wait.
      if (seen.value?.boundBy && isDecided(seen.value, next))
        await redis.zadd(AUTHORIZATION_EXPIRIES_KEY, 'XX', 'LT', clock() + LOOK_AFTER_CHANGE_MS, seen.value.boundBy)
      const result = await runScript(
        redis,
        WRITE,
        [
          connectionKey(ref.user, ref.provider),
          revocationKey(ref),
          ...(hasOtherUses(seen.value, next) ? [connectionUsesKey(ref.user, ref.provider, next.id)] : []),
        ],
        [
          ...[connectionField(ref), seen.stored, stored, left.seen?.stored ?? '*', storedLeft, REVOCATION_KEPT_MS],
          ...(others ? [others.fields.length, ...others.fields.flat()] : []),
        ],
      )
      if (result !== 'written') return undefined
      // Where the connection is `disconnecting` and stays ended, the audit line of its end will say `not_revoked`.
      if (left.seen && isLost(left.seen, seen.value) && !(seen.value?.status === 'disconnecting' && isEnded(next)))
        audit({ event: 'disconnected', requestId: 'unknown', ...whichOf(ref), outcome: 'not_revoked' })
      await tellConnectionChanged(redis, ref)
      return { connection: { value: record, stored }, left: { value: nextLeft, stored: storedLeft } }
    },
  }
}

/**
 * Without ids (an earlier format), a `Revocation` belongs to the record while the connection is ended. Once another account is connected, the entries
 * of that account are taken off. If it may be the same account, or its parameters are not known, the `Revocation` is not used.
 */
function itsOwn(left: Revocation, of: ConnectionRecord): Revocation | undefined {
  if (of.revocation !== left.id) return undefined
  if (left.id !== undefined || isEnded(of)) return left
  return isOfOthers(left, of.account) && of.parameters
    ? boundOf(of, of.parameters).reduce(withoutEntry, left)
    : undefined
}

/** Something was left to revoke, and it is gone, is not of this record, or does not open. */
export const isLost = (left: Read<Revocation>, of: ConnectionRecord | undefined): boolean =>
  left.value === undefined && (left.stored !== '' || of?.revocation !== undefined)

/** Whether turns that wait for a decision have to be told. */
const isDecided = ({ boundBy, heldUntil, came }: ConnectionRecord, next: ConnectionRecord): boolean =>
  heldUntil !== undefined &&
  (next.boundBy === boundBy || next.boundBy === undefined) &&
  (next.heldUntil !== heldUntil || next.came !== came)

/** Whether the connection is ended or the name of its account has changed: then the uses so far are erased. */
const hasOtherUses = (before: ConnectionRecord | undefined, next: ConnectionRecord): boolean =>
  isEnded(next) || (before !== undefined && !isSameName(before.account, next.account))

const isSameName = (one: string | undefined, other: string | undefined): boolean =>
  one !== undefined && other !== undefined ? isSameAccount(one, other) : one === other

export type ConnectionRecords = ReturnType<typeof createConnectionRecords>
