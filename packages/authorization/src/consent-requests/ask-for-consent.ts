import {
  BINDING_NOTIFICATIONS_STREAM,
  CONSENT_REQUEST_GRACE_SECONDS,
  CONSENT_REQUEST_TTL_SECONDS,
  CONSENT_REQUESTS_PER_USER,
  type ConsentRequest,
  type ConsentRequestFacts,
  ConsentRequestId,
  consentRequestIndexKey,
  consentRequestKey,
  type UserRef,
} from '@agent-identity/contracts'
import { type Clock, type RedisClient, randomToken, runScript } from '@agent-identity/service-runtime'
import { type ConsentRequestRecords, indexFieldOf, isOver } from './consent-request-records.ts'

/**
 * KEYS: index, record. ARGV: index field, id, now, expires at, deleted at, limit, the id in the index to replace (empty for none), then the
 * record's fields. Returns the id that stands for this need, or `too-many`.
 */
const CREATE = `
local open = 0
local index = redis.call('HGETALL', KEYS[1])
for i = 1, #index, 2 do
  local id, time = string.match(index[i + 1], '^(%S+) (%d+)$')
  if not time or tonumber(time) <= tonumber(ARGV[3]) then
    redis.call('HDEL', KEYS[1], index[i])
  elseif index[i] ~= ARGV[1] then
    open = open + 1
  elseif id ~= ARGV[7] then
    return id
  end
end
if open >= tonumber(ARGV[6]) then return 'too-many' end
redis.call('HSET', KEYS[2], unpack(ARGV, 8))
redis.call('PEXPIREAT', KEYS[2], ARGV[5])
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' ' .. ARGV[4])
redis.call('PEXPIREAT', KEYS[1], ARGV[5])
return ARGV[2]
`

/** KEYS: index. ARGV: index field, id. A request that has replaced it stays. */
const FORGET = `
local entry = redis.call('HGET', KEYS[1], ARGV[1])
if entry and string.match(entry, '^%S+') == ARGV[2] then redis.call('HDEL', KEYS[1], ARGV[1]) end
return 'done'
`

type Need = Omit<ConsentRequestFacts, 'createdAt' | 'expiresAt'>

export type AskedForConsent = { outcome: 'asked'; request: ConsentRequest; isNew: boolean } | { outcome: 'too-many' }

export interface ConsentRequests {
  read(owner: UserRef, id: ConsentRequestId): Promise<ConsentRequest | undefined>
  ask(need: Need): Promise<AskedForConsent>
  standing(need: Omit<Need, 'displayName' | 'correlationId'>): Promise<ConsentRequest | undefined>
  /** The last one for this need, if it has failed, is neither replaced nor forgotten, and would not have run out of time yet. */
  failed(need: Omit<Need, 'displayName' | 'correlationId'>): Promise<ConsentRequest | undefined>
  /** Its client was told. */
  forgetFailed(request: ConsentRequest): Promise<void>
  /** Makes the agent workload look at its authorization. @returns false when the request had ended before or is gone. */
  cancel(request: ConsentRequest): Promise<boolean>
}

export function createConsentRequests(dependencies: {
  redis: RedisClient
  records: ConsentRequestRecords
  clock: Clock
}): ConsentRequests {
  const { redis, records, clock } = dependencies

  /**
   * @param over the id in the index that is replaced
   * @returns with the outcome `over` the id to replace: the index, which is not sealed, leads to no open request for this need
   */
  async function askOnce(
    need: Need,
    over: string | undefined,
  ): Promise<AskedForConsent | { outcome: 'over'; id: string }> {
    const { owner } = need
    const id = ConsentRequestId.parse(randomToken(16))
    const createdAt = clock()
    const expiresAt = createdAt + CONSENT_REQUEST_TTL_SECONDS * 1_000
    const stands = await runScript(
      redis,
      CREATE,
      [consentRequestIndexKey(owner), consentRequestKey(owner, id)],
      [
        indexFieldOf(need),
        id,
        createdAt,
        expiresAt,
        expiresAt + CONSENT_REQUEST_GRACE_SECONDS * 1_000,
        CONSENT_REQUESTS_PER_USER,
        over ?? '',
        ...Object.entries(records.seal(id, { ...need, createdAt, expiresAt })).flat(),
      ],
    )
    if (stands === 'too-many') return { outcome: 'too-many' }
    const found = ConsentRequestId.safeParse(stands).data
    const request = found && (await records.read(owner, found))
    if (!request && found === id) throw new Error('A new consent request cannot be read')
    if (!request || indexFieldOf(request) !== indexFieldOf(need) || isClosed(request))
      return { outcome: 'over', id: String(stands) }
    return { outcome: 'asked', request, isNew: request.id === id }
  }

  async function lastFor(need: Parameters<ConsentRequests['standing']>[0]): Promise<ConsentRequest | undefined> {
    const entry = await redis.hget(consentRequestIndexKey(need.owner), indexFieldOf(need))
    const id = ConsentRequestId.safeParse(entry?.split(' ')[0]).data
    const request = id && (await records.read(need.owner, id))
    return request && indexFieldOf(request) === indexFieldOf(need) && clock() < request.expiresAt ? request : undefined
  }

  const isClosed = (request: ConsentRequest) => isOver(request) || clock() >= request.expiresAt

  return {
    read: records.read,

    async ask(need) {
      for (let over: string | undefined; ; ) {
        const asked = await askOnce(need, over)
        if (asked.outcome !== 'over') return asked
        // The index is not sealed: with a forged entry this loop might not end.
        if (asked.id === over) throw new Error('An entry of the index of consent requests cannot be replaced')
        over = asked.id
      }
    },

    async standing(need) {
      const last = await lastFor(need)
      return last && !isOver(last) ? last : undefined
    },

    async failed(need) {
      const last = await lastFor(need)
      return last?.status === 'failed' ? last : undefined
    },

    async forgetFailed(request) {
      await runScript(redis, FORGET, [consentRequestIndexKey(request.owner)], [indexFieldOf(request), request.id])
    },

    async cancel(request) {
      for (let now: ConsentRequest | undefined = request; now && !isOver(now); ) {
        const { authorizationId, joined } = now
        if (await records.change(now, { status: 'cancelled', authorizationId, ...(joined ? { joined } : {}) })) {
          if (authorizationId) await redis.xadd(BINDING_NOTIFICATIONS_STREAM, '*', 'authorizationId', authorizationId)
          return true
        }
        now = await records.read(request.owner, request.id)
      }
      return false
    },
  }
}
