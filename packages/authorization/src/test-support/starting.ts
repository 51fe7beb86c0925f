import { randomBytes } from 'node:crypto'
import {
  AuthorizationId,
  consentTripKey,
  type PendingAuthorizationStatus,
  PLACES,
  pendingAuthorizationKey,
  type UserRef,
  type UserSessionRef,
  userSessionKey,
  userSessionRefOf,
} from '@agent-identity/contracts'
import { createLogger, createPendingAuthorizationRecords, createSealer } from '@agent-identity/service-runtime'
import { startTestRedis } from '@agent-identity/test-redis'
import { expect } from '@jest/globals'
import { createAuthorizationStarts } from '../authorization-starts.ts'
import { createPendingAuthorizations } from '../pending-authorizations.ts'

const ring = { sealWith: 'k', keys: { k: 'k'.repeat(43) } }
const token = (bytes: number) => randomBytes(bytes).toString('base64url')
export const FIRST_BROWSER = 'f'.repeat(43)
export const SECOND_BROWSER = 's'.repeat(43)
const alice = 'a'.repeat(22) as UserRef

const urlOf = (id: AuthorizationId) => `https://agentcore.example/authorize?request_uri=${id}`

export const started = (id: AuthorizationId) => ({ outcome: 'started', authorizationUrl: urlOf(id) })
export const open = (id: AuthorizationId) => expect.objectContaining({ id })
export const otherOpen = (id: AuthorizationId) => ({ outcome: 'other-consent-open', open: open(id) })

/** Authorizations in a Redis of their own, and their starts: with one consent at a time (`starts`), and without that limit. */
export async function startStarts() {
  let now = 1_900_000_000_000
  const server = await startTestRedis()
  const redis = server.connect()
  await new Promise((resolve) => redis.once('ready', resolve))
  const records = createPendingAuthorizationRecords({
    redis,
    identityArtifactKeys: ring,
    service: 'agent-workload',
    log: createLogger({ service: 'test', level: 'silent' }),
  })
  const shared = { redis, records, authorizationSealer: createSealer(ring, 'authorization'), clock: () => now }
  const authorizations = createPendingAuthorizations({
    ...shared,
    artifactSealer: createSealer(ring, 'identity artifact'),
    ttlSeconds: 600,
    perUserSession: 10,
  })
  const starts = createAuthorizationStarts({ ...shared, consentsAtOnce: 'one' })
  const unlimited = createAuthorizationStarts({ ...shared, consentsAtOnce: 'many' })

  async function signedIn(): Promise<UserSessionRef> {
    const ref = token(16) as UserSessionRef
    await redis.set(userSessionKey(ref), 'sealed')
    return ref
  }

  async function created(ref: UserSessionRef, { scope = token(4), owner = alice } = {}): Promise<AuthorizationId> {
    const id = AuthorizationId.parse(`${ref}.${token(16)}`)
    const result = await authorizations.create({
      id,
      state: `${id}.${token(32)}`,
      user: owner,
      provider: 'github',
      named: undefined,
      parameters: {},
      generation: 0,
      displayName: 'GitHub',
      scopes: [scope],
      authorizationUrl: urlOf(id),
      sessionUri: `urn:ietf:params:oauth:request_uri:${token(8)}`,
      artifact: { kind: 'jwt', userToken: 'the.user.token' },
      correlationId: 'the-turn',
    })
    expect(result).toEqual({ outcome: 'created', id })
    return id
  }

  async function recordOf(id: AuthorizationId) {
    const record = await authorizations.read(id)
    if (!record) throw new Error('no record')
    return record
  }

  async function start(id: AuthorizationId, browser = FIRST_BROWSER, by = starts) {
    return by.start(id, await recordOf(id), browser, 'ask')
  }
  async function startInstead(id: AuthorizationId, browser = FIRST_BROWSER) {
    return starts.start(id, await recordOf(id), browser, 'instead')
  }
  const setStatus = (id: AuthorizationId, status: PendingAuthorizationStatus) =>
    redis.hset(pendingAuthorizationKey(id), {
      progress: createSealer(ring, 'authorization progress').seal(
        JSON.stringify({ status, browserHash: FIRST_BROWSER }),
        PLACES.authorizationProgress(id),
      ),
    })
  const tripOf = (id: AuthorizationId) => redis.get(consentTripKey(userSessionRefOf(id)))

  /** Two authorizations of one user session, the first of them started. */
  async function onATrip(): Promise<[AuthorizationId, AuthorizationId]> {
    const ref = await signedIn()
    const ids: [AuthorizationId, AuthorizationId] = [await created(ref), await created(ref)]
    expect(await start(ids[0])).toEqual(started(ids[0]))
    return ids
  }

  return {
    redis,
    authorizations,
    starts,
    unlimited,
    signedIn,
    created,
    recordOf,
    start,
    startInstead,
    setStatus,
    tripOf,
    onATrip,
    now: () => now,
    advance: (ms: number) => {
      now += ms
    },
    stop: () => server.stop(),
  }
}
