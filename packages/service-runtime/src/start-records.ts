import {
  type KeyRing,
  PLACES,
  START_TRANSITIONS,
  StartFacts,
  type StartId,
  StartProgress,
  type StartTransition,
  type StoredStart,
  startKey,
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
export interface StartRecords {
  read(id: StartId): Promise<StoredStart | undefined>
  sealFacts(id: StartId, facts: StartFacts): string
  /** @throws Error when the contract has no such transition of this service */
  sealTransition(id: StartId, from: StartProgress, to: StartProgress): string
  sealNew(id: StartId, browserHash: string): string
  /**
   * @param requires a key in the record's slot that must exist.
   * @returns nothing when the progress is no longer the one in `record`, or the required key does not exist.
   */
  change(
    record: StoredStart,
    change: Partial<StartProgress> & Pick<StartProgress, 'status'>,
    requires?: string,
  ): Promise<StoredStart | undefined>
}

export function createStartRecords(dependencies: {
  redis: RedisClient
  identityArtifactKeys: KeyRing
  service: StartTransition['by']
  log: Logger
}): StartRecords {
  const { redis, identityArtifactKeys: keys, service, log } = dependencies
  const facts = createSealedRecord(keys, 'start facts', StartFacts, log)
  const progress = createSealedRecord(keys, 'start progress', StartProgress, log)
  const sealProgress = (id: StartId, value: StartProgress) => progress.seal(value, PLACES.startProgress(id))

  function sealTransition(id: StartId, from: StartProgress, to: StartProgress): string {
    const known = START_TRANSITIONS.some(
      (one) => one.by === service && one.from === from.status && one.to === to.status,
    )
    if (!known) throw new Error(`The ${service} makes no transition from ${from.status} to ${to.status}`)
    return sealProgress(id, to)
  }

  return {
    sealFacts: (id, value) => facts.seal(value, PLACES.startFacts(id)),
    sealNew: (id, browserHash) => sealProgress(id, { status: 'pending', browserHash }),
    sealTransition,

    async read(id) {
      const fields = ['facts', 'progress', 'sealedIdentityArtifact'] as const
      const [sealedFacts, sealedProgress, sealedIdentityArtifact] = await redis.hmget(startKey(id), ...fields)
      if (!sealedFacts || !sealedProgress || !sealedIdentityArtifact) return undefined
      const openedFacts = facts.open(sealedFacts, PLACES.startFacts(id))
      const openedProgress = progress.open(sealedProgress, PLACES.startProgress(id))
      if (!openedFacts || !openedProgress) return undefined
      return { ...openedFacts, ...openedProgress, id, sealedProgress, sealedIdentityArtifact }
    },

    async change(record, change, requires) {
      const { id } = record
      const { failure, bindingEndsAt, browserHash } = { ...record, ...change }
      const next = { status: change.status, failure, bindingEndsAt, browserHash }
      const sealedProgress = sealTransition(id, record, next)
      const args = [record.sealedProgress, sealedProgress, ...(requires === undefined ? [] : [requires])]
      const result = await runScript(redis, CHANGE, [startKey(id)], args)
      return result === 'changed' ? { ...record, ...change, sealedProgress } : undefined
    },
  }
}
