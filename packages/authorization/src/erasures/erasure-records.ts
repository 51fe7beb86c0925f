import {
  ERASURE_KEPT_SECONDS,
  Erasure,
  erasureKey,
  type KeyRing,
  PLACES,
  type UserRef,
} from '@agent-identity/contracts'
import { createSealedRecord, type Logger, type RedisClient, runScript } from '@agent-identity/service-runtime'

/** KEYS: the record. ARGV: as it was read (empty for none), as it will be, its lifetime in seconds. */
const WRITE = `
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 'changed' end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 'written'
`

export interface StoredErasure {
  erasure: Erasure
  stored: string
  isUnreadable?: true
}

/** The mark that a user has been erased. A mark that does not open refuses every token and sign-in, and causes nothing. */
export function createErasureRecords(dependencies: { redis: RedisClient; connectionKeys: KeyRing; log: Logger }) {
  const { redis, connectionKeys, log } = dependencies
  const record = createSealedRecord(connectionKeys, 'erasure', Erasure, log)

  return {
    async read(user: UserRef): Promise<StoredErasure | undefined> {
      const stored = await redis.get(erasureKey(user))
      if (stored === null) return undefined
      const erasure = record.open(stored, PLACES.erasure(user))
      return erasure ? { stored, erasure } : { stored, erasure: UNREADABLE, isUnreadable: true }
    },

    /** @returns undefined when the mark has changed since `seen` */
    async write(user: UserRef, seen: StoredErasure | undefined, next: Erasure): Promise<StoredErasure | undefined> {
      const stored = record.seal(next, PLACES.erasure(user))
      const result = await runScript(
        redis,
        WRITE,
        [erasureKey(user)],
        [seen?.stored ?? '', stored, ERASURE_KEPT_SECONDS],
      )
      return result === 'written' ? { erasure: next, stored } : undefined
    },

    /**
     * Whether a token or a sign-in is refused. While the mark is `begun`, all are: a repeated step must not meet a user who has signed in again.
     *
     * @param since when the token was issued or the user signed in; Unix time in milliseconds
     */
    async isErasedSince(user: UserRef, since: number): Promise<boolean> {
      const found = await this.read(user)
      return found !== undefined && (found.erasure.state === 'begun' || since <= found.erasure.endedAt)
    },
  }
}

export type ErasureRecords = ReturnType<typeof createErasureRecords>

const UNREADABLE: Erasure = {
  endedAt: Number.MAX_SAFE_INTEGER,
  by: 'user',
  requestId: 'unknown',
  state: 'over',
}
