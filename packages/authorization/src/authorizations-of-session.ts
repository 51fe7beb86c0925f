import {
  AuthorizationId,
  type PendingAuthorization,
  pendingAuthorizationIndexKey,
  type UserRef,
  type UserSessionRef,
  userSessionRefOf,
} from '@agent-identity/contracts'
import type { Clock, RedisClient } from '@agent-identity/service-runtime'
import { isUnderWay } from './connections/connection-state.ts'

/** The index of a user session is not sealed: an entry of another user session is not accepted. */
export function createAuthorizationsOfSession(dependencies: {
  redis: RedisClient
  read(id: AuthorizationId): Promise<PendingAuthorization | undefined>
  clock: Clock
}) {
  const { redis, read, clock } = dependencies

  async function readOf(ref: UserSessionRef, entry: string | null) {
    const id = AuthorizationId.safeParse(entry?.split(' ')[0]).data
    if (!id || userSessionRefOf(id) !== ref) return undefined
    const record = await read(id)
    return record && { id, record }
  }

  async function find(ref: UserSessionRef, owner: UserRef, entry: string | null) {
    const found = await readOf(ref, entry)
    return found?.record.owner === owner ? { ...found, isInTime: found.record.expiresAt > clock() } : undefined
  }

  return {
    /** Authorizations that AgentCore may have completed, and that may still connect. */
    async listUnsettled(ref: UserSessionRef): Promise<{ id: AuthorizationId; record: PendingAuthorization }[]> {
      const entries = Object.entries(await redis.hgetall(pendingAuthorizationIndexKey(ref)))
      const found = await Promise.all(
        entries.map(async ([field, entry]) => {
          const one = await readOf(ref, entry)
          // An unconfirmed authorization may be released before its last query for the token.
          const unsettled = field.startsWith('settled ') ? ['unconfirmed'] : ['binding', 'bound', 'unconfirmed']
          return one && unsettled.includes(one.record.status) ? [one] : []
        }),
      )
      return found.flat()
    },

    /** @param entry an authorization's id, or a value of the index, which begins with it. */
    find,

    /** A consent that came in time is listed until it is settled: otherwise the page would say "not connected" before its connection is written. */
    async list(ref: UserSessionRef, owner: UserRef): Promise<{ id: AuthorizationId; record: PendingAuthorization }[]> {
      const entries = Object.entries(await redis.hgetall(pendingAuthorizationIndexKey(ref)))
      const active = entries.filter(([field]) => !field.startsWith('settled '))
      const found = await Promise.all(active.map(([, entry]) => find(ref, owner, entry)))
      return found.flatMap((one) => (one && isUnderWay(one.record, clock()) ? [one] : []))
    },
  }
}
