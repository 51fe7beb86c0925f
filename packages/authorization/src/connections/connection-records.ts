import {
  ConnectionRecord,
  connectionKey,
  connectionUsesKey,
  isLatched,
  type KeyRing,
  PLACES,
  type ProviderId,
  Revocation,
  revocationKey,
  type UserRef,
} from '@agent-identity/contracts'
import { createSealedRecord, type Logger, type RedisClient, runScript, sha256 } from '@agent-identity/service-runtime'
import { tellConnectionChanged } from './connection-changes.ts'

/**
 * KEYS: connection, revocation; what it was used for, if that is to be erased. ARGV: the connection as it was read (empty for none) and
 * as it will be; the revocation as it was read (empty for none, `*` for any) and as it will be (empty for none), and its lifetime in
 * milliseconds.
 */
const WRITE = `
if (redis.call('HGET', KEYS[1], 'record') or '') ~= ARGV[1] then return 'changed' end
if ARGV[3] ~= '*' and (redis.call('GET', KEYS[2]) or '') ~= ARGV[3] then return 'changed' end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'record', ARGV[2])
if KEYS[3] then redis.call('DEL', KEYS[3]) end
if ARGV[4] == '' then redis.call('DEL', KEYS[2]) else redis.call('SET', KEYS[2], ARGV[4], 'PX', ARGV[5]) end
return 'written'
`

/** Tokens are not kept for longer, whatever a vendor does, in milliseconds. */
export const REVOCATION_KEPT_MS = 30 * 24 * 3_600_000

/** A record with its sealed value as it was read: a change is made only while that still stands. */
export interface Read<Value> {
  value: Value | undefined
  stored: string
}

/**
 * Its user may have ended it, and so it counts as ended: it is used after another consent only. How often it was ended is not
 * known, and a consent of before must not fit.
 */
const unreadable = (stored: string): ConnectionRecord =>
  ConnectionRecord.parse({
    status: 'disconnected',
    scopes: '',
    generation: Buffer.from(sha256(stored), 'base64url').readUIntBE(0, 5),
  })

/**
 * A connection, read only: for programs that call vendors and may not open what is left to revoke. A connection that does not
 * open counts as disconnected.
 */
export function createConnectionReader(dependencies: { redis: RedisClient; connectionKeys: KeyRing; log: Logger }) {
  const { redis, connectionKeys, log } = dependencies
  const connection = createSealedRecord(connectionKeys, 'connection', ConnectionRecord, log)
  return {
    async read(user: UserRef, provider: ProviderId): Promise<Read<ConnectionRecord>> {
      const stored = (await redis.hget(connectionKey(user, provider), 'record')) ?? ''
      if (stored === '') return { value: undefined, stored }
      return { value: connection.open(stored, PLACES.connection(user, provider)) ?? unreadable(stored), stored }
    },
  }
}

export type ConnectionReader = ReturnType<typeof createConnectionReader>

/**
 * A connection and what is left to revoke of it: two sealed records of one user that change together. A connection that does not
 * open counts as disconnected.
 */
export function createConnectionRecords(dependencies: {
  redis: RedisClient
  connectionKeys: KeyRing
  /** Revocations have users' tokens in them. */
  userTokensKeys: KeyRing
  log: Logger
}) {
  const { redis, connectionKeys, userTokensKeys, log } = dependencies
  const connection = createSealedRecord(connectionKeys, 'connection', ConnectionRecord, log)
  const revocation = createSealedRecord(userTokensKeys, 'revocation', Revocation, log)

  return {
    ...createConnectionReader(dependencies),

    async readRevocation(user: UserRef, provider: ProviderId): Promise<Read<Revocation>> {
      const stored = (await redis.get(revocationKey(user, provider))) ?? ''
      const value = stored === '' ? undefined : revocation.open(stored, PLACES.revocation(user, provider))
      return { value, stored }
    },

    /**
     * Writes both, if neither has changed since it was read, and tells the replicas.
     *
     * @param left without `seen`, whatever is there is replaced; without `next` nothing is left.
     * @returns both as they are now, or nothing when one of them had changed.
     */
    async write(
      user: UserRef,
      provider: ProviderId,
      seen: Read<ConnectionRecord>,
      next: ConnectionRecord,
      left: { seen?: Read<Revocation>; next?: Revocation | undefined },
    ): Promise<{ connection: Read<ConnectionRecord>; left: Read<Revocation> } | undefined> {
      const stored = connection.seal(next, PLACES.connection(user, provider))
      const storedLeft = left.next ? revocation.seal(left.next, PLACES.revocation(user, provider)) : ''
      const result = await runScript(
        redis,
        WRITE,
        [
          connectionKey(user, provider),
          revocationKey(user, provider),
          ...(hasOtherUses(seen.value, next) ? [connectionUsesKey(user, provider, next.id)] : []),
        ],
        [seen.stored, stored, left.seen?.stored ?? '*', storedLeft, REVOCATION_KEPT_MS],
      )
      if (result !== 'written') return undefined
      await tellConnectionChanged(redis, user, provider)
      return { connection: { value: next, stored }, left: { value: left.next, stored: storedLeft } }
    },
  }
}

/** Nothing is shown of a connection that has ended, or of another account. */
const hasOtherUses = (before: ConnectionRecord | undefined, next: ConnectionRecord): boolean =>
  isLatched(next) || (before !== undefined && before.account !== next.account)

export type ConnectionRecords = ReturnType<typeof createConnectionRecords>
