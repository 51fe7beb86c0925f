import {
  type AuthorizationId,
  type ConnectionRef,
  type PendingAuthorization,
  pendingAuthorizationIndexKey,
  type UserRef,
  userSessionRefOf,
} from '@agent-identity/contracts'
import type { Clock, RedisClient } from '@agent-identity/service-runtime'
import type { AskedFor } from './asked-for.ts'
import { isOf } from './connections/asking.ts'
import { isUnderWay } from './connections/connection-state.ts'
import { fieldOf } from './pending-authorization-scripts.ts'

/**
 * Finds an authorization for the same entry of the token vault, in any of the user's user sessions, that is neither `pending` nor settled: the vault
 * may have its token, and its account may not be compared yet.
 */
export function createUncheckedAuthorizations(dependencies: {
  redis: RedisClient
  list(user: UserRef, of: ConnectionRef): Promise<{ id: AuthorizationId; record: PendingAuthorization }[]>
  clock: Clock
}) {
  const { redis, list, clock } = dependencies

  return async (asked: AskedFor): Promise<AuthorizationId | undefined> => {
    for (const { id, record } of await list(asked.user, asked)) {
      if (record.status === 'pending' || !isUnderWay(record, clock()) || !isForTheSame(record, asked)) continue
      const index = pendingAuthorizationIndexKey(userSessionRefOf(id))
      const entries = await redis.hmget(index, fieldOf(record), `expired ${id}`)
      if (entries.some((entry) => entry?.split(' ')[0] === id)) return id
    }
    return undefined
  }
}

/** A record of an earlier version has no parameters: only its scopes are compared. */
const isForTheSame = ({ scopes, parameters }: PendingAuthorization, asked: AskedFor): boolean =>
  isOf({ scopes, ...(parameters && { parameters }) }, { scopes: asked.scopes.join(' '), parameters: asked.parameters })
