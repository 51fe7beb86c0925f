import {
  type IdentityArtifact,
  PLACES,
  START_GRACE_SECONDS,
  type Start,
  StartFacts,
  StartId,
  type StartProgress,
  type StoredStart,
  startKey,
  startsKey,
  type UserSessionRef,
  userSessionKey,
  userSessionRefOf,
} from '@agent-identity/contracts'
import { type RedisClient, runScript, type Sealer, type StartRecords } from '@agent-identity/service-runtime'

export interface Starts<S extends Start = Start> {
  read(id: StartId): Promise<S | undefined>
  /**
   * Only while the user session lives. Its first look is due when it expires.
   *
   * @param known as {@link Starts.namesOf} gave it. With it, a start that came since prevents this one.
   */
  create(
    start: Start,
    artifact: IdentityArtifact,
    known?: readonly string[],
  ): Promise<'created' | 'signed-out' | 'overtaken'>
  /** @returns undefined when it has changed since it was read */
  change(start: S, to: Pick<StartProgress, 'status'> & Partial<StartProgress>): Promise<S | undefined>
  /** Of a user session, as its list has them: it is not sealed. */
  namesOf(userSession: UserSessionRef): Promise<string[]>
  /** Of a user session, those that are still stored. */
  listOf(userSession: UserSessionRef): Promise<S[]>
}

export const isTravelling = ({ status, expiresAt }: Start, now: number): boolean =>
  (status === 'pending' && now < expiresAt) || status === 'binding'

const nameOf = (id: StartId) => id.slice(id.indexOf('.') + 1)

/** KEYS: user session, record, index. ARGV: deleted at, name, now, the names that may be there (a list in JSON; empty for any), then the record's fields. */
const CREATE = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 'signed-out' end
if ARGV[4] ~= '' then
  local known = {}
  for _, name in ipairs(cjson.decode(ARGV[4])) do known[name] = true end
  for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '(' .. ARGV[3], '+inf')) do
    if not known[name] then return 'overtaken' end
  end
end
redis.call('HSET', KEYS[2], unpack(ARGV, 5))
redis.call('PEXPIREAT', KEYS[2], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', ARGV[3])
redis.call('ZADD', KEYS[3], ARGV[1], ARGV[2])
redis.call('PEXPIREAT', KEYS[3], ARGV[1])
return 'created'
`

/** In the slot of the user session: a sign-out and a claim are decided in one place. */
export function createStarts(dependencies: {
  redis: RedisClient
  records: StartRecords
  artifactSealer: Sealer
  /** Written before the record that it is about. */
  look(id: StartId, at: number): Promise<void>
  clock(): number
}): Starts<StoredStart> {
  const { redis, records, artifactSealer, look, clock } = dependencies
  const { read } = records
  const namesOf = (userSession: UserSessionRef) => redis.zrangebyscore(startsKey(userSession), clock(), '+inf')

  return {
    read,

    async create(start, artifact, known) {
      const { id, expiresAt } = start
      await look(id, expiresAt)
      const facts = StartFacts.parse(start)
      const fields = {
        facts: records.sealFacts(id, facts),
        progress: records.sealNew(id, start.browserHash),
        sealedIdentityArtifact: artifactSealer.seal(JSON.stringify(artifact), PLACES.identityArtifact(id, facts)),
      }
      const userSession = userSessionRefOf(id)
      const result = await runScript(
        redis,
        CREATE,
        [userSessionKey(userSession), startKey(id), startsKey(userSession)],
        [
          expiresAt + START_GRACE_SECONDS * 1_000,
          nameOf(id),
          clock(),
          known ? JSON.stringify(known) : '',
          ...Object.entries(fields).flat(),
        ],
      )
      return result === 'created' || result === 'overtaken' ? result : 'signed-out'
    },

    change: (start, to) => records.change(start, to),

    namesOf,

    async listOf(userSession) {
      const ids = (await namesOf(userSession)).flatMap((name) => StartId.safeParse(`${userSession}.${name}`).data ?? [])
      return (await Promise.all(ids.map(read))).flatMap((one) => one ?? [])
    },
  }
}
