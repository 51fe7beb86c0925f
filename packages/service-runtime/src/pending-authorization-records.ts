import {
  AUTHORIZATION_TRANSITIONS,
  AuthorizationFacts,
  type AuthorizationId,
  AuthorizationProgress,
  type AuthorizationTransition,
  type KeyRing,
  type PendingAuthorization,
  PLACES,
  pendingAuthorizationKey,
} from '@agent-identity/contracts'
import type { Logger } from './logger.ts'
import type { RedisClient } from './redis-client.ts'
import { runScript } from './run-script.ts'
import { createSealedRecord } from './sealed-record.ts'

/**
 * ARGV[3], optionally: a key that must exist. For Redis's permissions a script writes all of its KEYS, and session binding may not
 * write to that key. It has the record's hash tag.
 */
const CHANGE = `
if ARGV[3] and redis.call('EXISTS', ARGV[3]) == 0 then return 'overtaken' end
if redis.call('HGET', KEYS[1], 'progress') ~= ARGV[1] then return 'overtaken' end
redis.call('HSET', KEYS[1], 'progress', ARGV[2])
return 'changed'
`

/**
 * Somebody who can write to Redis, but has no sealing key, can delete the record, keep it for longer, or put back an earlier progress. With
 * `facts` or `progress` of any other origin the record counts as absent.
 */
export interface PendingAuthorizationRecords {
  read(id: AuthorizationId): Promise<PendingAuthorization | undefined>
  sealFacts(id: AuthorizationId, facts: AuthorizationFacts): string
  /** @throws Error when the contract has no such transition of this service */
  sealTransition(id: AuthorizationId, from: AuthorizationProgress, to: AuthorizationProgress): string
  sealNew(id: AuthorizationId): string
  /**
   * @param requires a key in the record's slot that must exist.
   * @returns nothing when the progress is no longer the one in `record`, or the required key does not exist.
   */
  change(
    id: AuthorizationId,
    record: PendingAuthorization,
    change: Partial<AuthorizationProgress> & Pick<AuthorizationProgress, 'status'>,
    requires?: string,
  ): Promise<PendingAuthorization | undefined>
}

export function createPendingAuthorizationRecords(dependencies: {
  redis: RedisClient
  identityArtifactKeys: KeyRing
  service: AuthorizationTransition['by']
  log: Logger
}): PendingAuthorizationRecords {
  const { redis, identityArtifactKeys: keys, service, log } = dependencies
  const facts = createSealedRecord(keys, 'authorization facts', AuthorizationFacts, log)
  const progress = createSealedRecord(keys, 'authorization progress', AuthorizationProgress, log)
  const sealProgress = (id: AuthorizationId, value: AuthorizationProgress) =>
    progress.seal(value, PLACES.authorizationProgress(id))

  function sealTransition(id: AuthorizationId, from: AuthorizationProgress, to: AuthorizationProgress): string {
    const known = AUTHORIZATION_TRANSITIONS.some(
      (one) => one.by === service && one.from === from.status && one.to === to.status,
    )
    if (!known) throw new Error(`The ${service} makes no transition from ${from.status} to ${to.status}`)
    return sealProgress(id, to)
  }

  return {
    sealFacts: (id, value) => facts.seal(value, PLACES.authorizationFacts(id)),
    sealNew: (id) => sealProgress(id, { status: 'pending' }),
    sealTransition,

    async read(id) {
      const stored = await redis.hgetall(pendingAuthorizationKey(id))
      const { facts: sealedFacts, progress: sealedProgress, sealedAuthorization, sealedIdentityArtifact } = stored
      if (!sealedFacts || !sealedProgress || !sealedAuthorization || !sealedIdentityArtifact) return undefined
      const openedFacts = facts.open(sealedFacts, PLACES.authorizationFacts(id))
      const openedProgress = progress.open(sealedProgress, PLACES.authorizationProgress(id))
      if (!openedFacts || !openedProgress) return undefined
      return { ...openedFacts, ...openedProgress, sealedProgress, sealedAuthorization, sealedIdentityArtifact }
    },

    async change(id, record, change, requires) {
      const { failure, bindingEndsAt, browserHash } = { ...record, ...change }
      const next = { status: change.status, failure, bindingEndsAt, browserHash }
      const sealedProgress = sealTransition(id, record, next)
      const args = [record.sealedProgress, sealedProgress, ...(requires === undefined ? [] : [requires])]
      const result = await runScript(redis, CHANGE, [pendingAuthorizationKey(id)], args)
      return result === 'changed' ? { ...record, ...change, sealedProgress } : undefined
    },
  }
}
