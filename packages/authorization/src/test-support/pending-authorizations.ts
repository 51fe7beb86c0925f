import { randomBytes } from 'node:crypto'
import {
  AuthorizationId,
  type UserRef,
  type UserSessionRef,
  userSessionKey,
  type WaiterId,
} from '@agent-identity/contracts'
import { createLogger, createPendingAuthorizationRecords, createSealer } from '@agent-identity/service-runtime'
import { startTestRedis } from '@agent-identity/test-redis'
import type { NewAuthorization } from '../new-authorization.ts'
import { createPendingAuthorizations } from '../pending-authorizations.ts'

export const ring = { sealWith: 'k', keys: { k: 'k'.repeat(43) } }
export const token = (bytes: number) => randomBytes(bytes).toString('base64url')
export const waiter = (n: number) => `${'c'.repeat(22)}.${'t'.repeat(10)}${n}` as WaiterId
export const alice = 'a'.repeat(22) as UserRef
export const urlOf = (id: AuthorizationId) => `https://agentcore.example/authorize?request_uri=${id}`
/** No record may have these in the clear. */
export const SECRETS = ['https://agentcore.example/authorize', 'urn:ietf:params:oauth:request_uri:', 'the.user.token']

export const asking = (ref: UserSessionRef, scopes = ['repo'], user = alice): NewAuthorization => {
  const id = AuthorizationId.parse(`${ref}.${token(16)}`)
  return {
    id,
    state: `${id}.${token(32)}`,
    user,
    provider: 'github',
    named: undefined,
    parameters: {},
    generation: 0,
    displayName: 'GitHub',
    scopes,
    authorizationUrl: urlOf(id),
    sessionUri: `urn:ietf:params:oauth:request_uri:${token(8)}`,
    artifact: { kind: 'jwt', userToken: 'the.user.token' },
    correlationId: 'the-turn',
  }
}

export async function startPendingAuthorizations({ perUserSession = 3 } = {}) {
  let now = 1_900_000_000_000
  const server = await startTestRedis()
  const redis = await server.ready()
  const log = createLogger({ service: 'test', level: 'silent' })
  const recordsOf = (service: 'agent-workload' | 'session-binding') =>
    createPendingAuthorizationRecords({
      redis,
      identityArtifactKeys: ring,
      service,
      log,
    })
  const shared = {
    redis,
    records: recordsOf('agent-workload'),
    authorizationSealer: createSealer(ring, 'authorization'),
    clock: () => now,
    turnKeys: ring,
    log,
  }
  const authorizations = createPendingAuthorizations({
    ...shared,
    artifactSealer: createSealer(ring, 'identity artifact'),
    ttlSeconds: 600,
    perUserSession,
  })

  return {
    shared,
    redis,
    authorizations,
    bindings: recordsOf('session-binding'),

    async signedIn(): Promise<UserSessionRef> {
      const ref = token(16) as UserSessionRef
      await redis.set(userSessionKey(ref), 'sealed')
      return ref
    },

    async created(ref: UserSessionRef, scopes?: string[], user?: UserRef): Promise<AuthorizationId> {
      const result = await authorizations.create(asking(ref, scopes, user))
      if (result.outcome !== 'created') throw new Error(result.outcome)
      return result.id
    },

    async recordOf(id: AuthorizationId) {
      const record = await authorizations.read(id)
      if (!record) throw new Error('no record')
      return record
    },

    now: () => now,
    advance: (ms: number) => {
      now += ms
    },
    stop: () => server.stop(),
  }
}
