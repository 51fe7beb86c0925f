import {
  type IdentityArtifact,
  type AuthorizationId as IdInSlot,
  type KeyRing,
  type UserSessionRef,
  userSessionKey,
  userSessionRefOf,
} from '@agent-identity/contracts'
import {
  createRecordSealer,
  createSealedRecord,
  type Logger,
  type RedisClient,
  runScript,
} from '@agent-identity/service-runtime'
import { type Start, StartFacts, StartId, StartProgress } from '../records.ts'

/** How long a record outlives its expiry: the browser that comes back late is shown the outcome. */
const KEPT_MS = 600_000

export interface Starts<S extends Start = Start> {
  read(id: StartId): Promise<S | undefined>
  /** Only while the user session lives. Its first look is due when it expires. */
  create(start: Start, artifact: IdentityArtifact): Promise<'created' | 'signed-out'>
  /** @returns undefined when it has changed since it was read */
  change(start: S, to: Pick<StartProgress, 'status'> & Partial<StartProgress>): Promise<S | undefined>
  /** Of a user session, those that are still stored. */
  listOf(userSession: UserSessionRef): Promise<S[]>
}

export const isTravelling = ({ status, expiresAt }: Start, now: number): boolean =>
  (status === 'pending' && now < expiresAt) || status === 'binding'

/** A value is changed only if it is as it was read. */
type StoredStart = Start & { sealedProgress: string }

export const sessionOf = (id: StartId): UserSessionRef => userSessionRefOf(id as string as IdInSlot)
const nameOf = (id: StartId) => id.slice(id.indexOf('.') + 1)
export const startKey = (id: StartId) => `start:{${sessionOf(id)}}:${nameOf(id)}`
export const startsKey = (userSession: UserSessionRef) => `starts:{${userSession}}`

/** Includes facts: the artifact is of use only for its own consent. */
const artifactPlace = (start: Start) =>
  [
    `${startKey(start.id)} sealedIdentityArtifact`,
    start.owner,
    start.provider,
    start.stateHash,
    start.sessionUriHash,
    start.expiresAt,
    start.entry.scopes,
  ].join('\n')

/** KEYS: user session, record, index. ARGV: deleted at, name, now, then the record's fields. */
const CREATE = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 'signed-out' end
redis.call('HSET', KEYS[2], unpack(ARGV, 4))
redis.call('PEXPIREAT', KEYS[2], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', ARGV[3])
redis.call('ZADD', KEYS[3], ARGV[1], ARGV[2])
redis.call('PEXPIREAT', KEYS[3], ARGV[1])
return 'created'
`

/** KEYS: record. ARGV: the sealed progress as it was read, the one to write. */
const CHANGE = `
if redis.call('HGET', KEYS[1], 'progress') ~= ARGV[1] then return 'changed' end
redis.call('HSET', KEYS[1], 'progress', ARGV[2])
return 'written'
`

/** In the slot of the user session: a sign-out and a claim are decided in one place. */
export function createStarts(dependencies: {
  redis: RedisClient
  identityArtifactKeys: KeyRing
  /** Written before the record that it is about. */
  look(id: StartId, at: number): Promise<void>
  clock(): number
  log: Logger
}): Starts<StoredStart> {
  const { redis, identityArtifactKeys: keys, look, clock, log } = dependencies
  const facts = createSealedRecord(keys, 'start facts', StartFacts, log)
  const progress = createSealedRecord(keys, 'start progress', StartProgress, log)
  const artifacts = createRecordSealer(keys, 'identity artifact', log)
  const seal = (id: StartId, to: StartProgress) => progress.seal(StartProgress.parse(to), `${startKey(id)} progress`)

  async function read(id: StartId): Promise<StoredStart | undefined> {
    const [sealedFacts, sealedProgress] = await redis.hmget(startKey(id), 'facts', 'progress')
    if (!sealedFacts || !sealedProgress) return undefined
    const openedFacts = facts.open(sealedFacts, `${startKey(id)} facts`)
    const openedProgress = progress.open(sealedProgress, `${startKey(id)} progress`)
    return openedFacts && openedProgress && { ...openedFacts, ...openedProgress, id, sealedProgress }
  }

  return {
    read,

    async create(start, artifact) {
      const { id, expiresAt } = start
      await look(id, expiresAt)
      const fields = {
        facts: facts.seal(StartFacts.parse(start), `${startKey(id)} facts`),
        progress: seal(id, start),
        sealedIdentityArtifact: artifacts.seal(JSON.stringify(artifact), artifactPlace(start)),
      }
      const userSession = sessionOf(id)
      const result = await runScript(
        redis,
        CREATE,
        [userSessionKey(userSession), startKey(id), startsKey(userSession)],
        [expiresAt + KEPT_MS, nameOf(id), clock(), ...Object.entries(fields).flat()],
      )
      return result === 'created' ? 'created' : 'signed-out'
    },

    async change(start, to) {
      const next = { ...start, ...to }
      const sealedProgress = seal(start.id, next)
      const result = await runScript(redis, CHANGE, [startKey(start.id)], [start.sealedProgress, sealedProgress])
      return result === 'written' ? { ...next, sealedProgress } : undefined
    },

    async listOf(userSession) {
      const names = await redis.zrangebyscore(startsKey(userSession), clock(), '+inf')
      const ids = names.flatMap((name) => StartId.safeParse(`${userSession}.${name}`).data ?? [])
      return (await Promise.all(ids.map(read))).flatMap((one) => one ?? [])
    },
  }
}
