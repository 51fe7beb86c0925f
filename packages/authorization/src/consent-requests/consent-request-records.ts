import {
  CONSENT_REQUEST_SETTLED_CHANNEL,
  CONSENT_REQUEST_TRANSITIONS,
  type ConsentRequest,
  ConsentRequestFacts,
  type ConsentRequestId,
  ConsentRequestProgress,
  connectionField,
  consentRequestIndexKey,
  consentRequestKey,
  type KeyRing,
  PLACES,
  type UserRef,
} from '@agent-identity/contracts'
import { createSealedRecord, type Logger, type RedisClient, runScript, sha256 } from '@agent-identity/service-runtime'

/**
 * KEYS: record, index. ARGV: the sealed progress as it was read, the one to write; when it leaves the index, also the index field and the request's id.
 */
const CHANGE = `
if redis.call('HGET', KEYS[1], 'progress') ~= ARGV[1] then return 'overtaken' end
redis.call('HSET', KEYS[1], 'progress', ARGV[2])
if ARGV[3] then
  local entry = redis.call('HGET', KEYS[2], ARGV[3])
  if entry and string.match(entry, '^%S+') == ARGV[4] then redis.call('HDEL', KEYS[2], ARGV[3]) end
end
return 'changed'
`

/** Sealed for the place of its owner: a record that is copied to another user does not open there. */
export interface ConsentRequestRecords {
  read(owner: UserRef, id: ConsentRequestId): Promise<ConsentRequest | undefined>
  seal(id: ConsentRequestId, facts: ConsentRequestFacts): { facts: string; progress: string }
  /**
   * When the request ends, the MCP servers are notified: a call of its client may be waiting.
   *
   * @returns false when the record has changed or gone since
   * @throws Error when the contract has no such transition of this service
   */
  change(request: ConsentRequest, to: ConsentRequestProgress): Promise<boolean>
}

export function createConsentRequestRecords(dependencies: {
  redis: RedisClient
  connectionKeys: KeyRing
  service: (typeof CONSENT_REQUEST_TRANSITIONS)[number]['by']
  log: Logger
}): ConsentRequestRecords {
  const { redis, connectionKeys, service, log } = dependencies
  const facts = createSealedRecord(connectionKeys, 'consent request facts', ConsentRequestFacts, log)
  const progress = createSealedRecord(connectionKeys, 'consent request progress', ConsentRequestProgress, log)
  const sealProgress = (owner: UserRef, id: ConsentRequestId, value: ConsentRequestProgress) =>
    progress.seal(value, PLACES.consentRequestProgress(owner, id))

  return {
    seal: (id, value) => ({
      facts: facts.seal(value, PLACES.consentRequestFacts(value.owner, id)),
      progress: sealProgress(value.owner, id, { status: 'open' }),
    }),

    async read(owner, id) {
      const [sealedFacts, sealedProgress] = await redis.hmget(consentRequestKey(owner, id), 'facts', 'progress')
      if (!sealedFacts || !sealedProgress) return undefined
      const openedFacts = facts.open(sealedFacts, PLACES.consentRequestFacts(owner, id))
      const openedProgress = progress.open(sealedProgress, PLACES.consentRequestProgress(owner, id))
      if (openedFacts?.owner !== owner || !openedProgress) return undefined
      return { ...openedFacts, ...openedProgress, id, sealedProgress }
    },

    async change(request, to) {
      const { id, owner, status: from } = request
      const known = CONSENT_REQUEST_TRANSITIONS.some(
        (one) => one.by === service && one.from === from && one.to === to.status,
      )
      if (!known)
        throw new Error(`The ${service} makes no transition of a consent request from ${from} to ${to.status}`)
      const isEnd = isOver(to)
      // A client that does not name its request is told of the failure by way of the index: `failed` in `ConsentRequests`.
      const leavesIndex = isEnd && to.status !== 'failed'
      const result = await runScript(
        redis,
        CHANGE,
        [consentRequestKey(owner, id), consentRequestIndexKey(owner)],
        [request.sealedProgress, sealProgress(owner, id, to), ...(leavesIndex ? [indexFieldOf(request), id] : [])],
      )
      if (result !== 'changed') return false
      if (isEnd) await redis.publish(CONSENT_REQUEST_SETTLED_CHANNEL, id)
      return true
    },
  }
}

export const isOver = ({ status }: Pick<ConsentRequestProgress, 'status'>): boolean =>
  status !== 'open' && status !== 'started'

/** The client's id is hashed: it may be a long URL. */
export const indexFieldOf = (
  need: Pick<
    ConsentRequestFacts,
    'clientId' | 'provider' | 'account' | 'scopes' | 'forceAuthentication' | 'connectedAt'
  >,
): string =>
  [
    sha256(need.clientId).slice(0, 22),
    need.provider,
    ...(need.account ? [connectionField({ named: need.account.named })] : []),
    // A connection that was made later has another token: if that is not enough either, it is another need.
    ...(need.forceAuthentication ? ['over', need.connectedAt ?? 'unknown'] : []),
    need.scopes,
  ].join(' ')
