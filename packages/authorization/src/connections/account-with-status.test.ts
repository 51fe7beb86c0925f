import { AuthorizationId, type UserSessionRef, userSessionKey } from '@agent-identity/contracts'
import {
  createLogger,
  createPendingAuthorizationRecords,
  createSealer,
  type RedisClient,
} from '@agent-identity/service-runtime'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import type { CurrentUserSession } from '@agent-identity/user-session'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createPendingAuthorizations } from '../pending-authorizations.ts'
import { settleAuthorization } from '../settle-authorization.ts'
import { OFFERED } from '../test-support/offered.ts'
import { createAccounts } from './accounts.ts'
import { createConnect } from './connect.ts'
import { createConnectionCalls } from './connection-calls.ts'
import { createConnectionRecords } from './connection-records.ts'
import { createConnectionUses } from './connection-uses.ts'
import { createConnections } from './connections.ts'
import { listConnections } from './list-connections.ts'

const ring = { sealWith: 'k', keys: { k: 'k'.repeat(43) } }
const ref = 's'.repeat(22) as UserSessionRef
const user = 'a'.repeat(22) as CurrentUserSession['userRef']
const log = createLogger({ service: 'test', level: 'silent' })

let server: TestRedis
let now = 1_900_000_000_000
beforeAll(async () => {
  server = await startTestRedis()
})
afterAll(() => server.stop())

/** @param before is called before each of the Redis commands that are listed below */
async function replica(before: () => Promise<void> = async () => undefined) {
  const plain = await server.ready()
  const redis = new Proxy(plain, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (
        typeof member !== 'function' ||
        !['eval', 'evalsha', 'hget', 'hgetall', 'publish', 'zadd'].includes(String(name))
      )
        return typeof member === 'function' ? member.bind(target) : member
      return async (...args: unknown[]) => {
        await before()
        return member.apply(target, args)
      }
    },
  }) as RedisClient
  const clock = () => now
  const keyed = { redis, connectionKeys: ring, userTokensKeys: ring, clock, log }
  const records = createConnectionRecords({ ...keyed, audit: () => undefined })
  const uses = createConnectionUses(keyed)
  const authorizations = createPendingAuthorizations({
    redis,
    records: createPendingAuthorizationRecords({ redis, identityArtifactKeys: ring, service: 'agent-workload', log }),
    authorizationSealer: createSealer(ring, 'authorization'),
    artifactSealer: createSealer(ring, 'identity artifact'),
    ttlSeconds: 600,
    perUserSession: 3,
    clock,
  })
  const connections = createConnections({ records, clock })
  return { redis, records, uses, authorizations, connections, accounts: createAccounts({ records }), clock }
}

test.each([
  ['in time', 0],
  ['after the authorization would have expired', 601_000],
])(
  'from a consent on, settled %s, every reader sees the wait, and then the account together with "connected"',
  async (_when, later) => {
    const reader = await replica()
    const read = async () => {
      const rows = await listConnections({ ref, userRef: user } as CurrentUserSession, {
        ...reader,
        offered: OFFERED,
        askFirst: { isOn: async () => false },
      })
      const row = rows.find(({ provider }) => provider === 'github')
      return `${row?.status} ${row?.account ?? '-'}`
    }
    await reader.redis.flushall()
    await reader.redis.set(userSessionKey(ref), 'sealed')
    const id = AuthorizationId.parse(`${ref}.${'i'.repeat(22)}`)
    await reader.authorizations.create({
      ...{ id, state: `${id}.${'t'.repeat(43)}`, user, provider: 'github', displayName: 'GitHub' },
      ...{ named: undefined, parameters: {}, generation: 0 },
      ...{ scopes: ['read:user', 'repo'], authorizationUrl: 'https://agentcore.example/', sessionUri: 'urn:u' },
      ...{ artifact: { kind: 'jwt', userToken: 'x' }, correlationId: 'r' },
    })
    const records = createPendingAuthorizationRecords({
      redis: reader.redis,
      identityArtifactKeys: ring,
      service: 'session-binding',
      log,
    })
    for (const change of [{ status: 'binding', bindingEndsAt: now }, { status: 'bound' }] as const) {
      const record = await records.read(id)
      expect(record && (await records.change(id, record, change))).toBeTruthy()
    }
    now += later

    const seen: string[] = []
    const look = async () => void seen.push(await read())
    const settling = await replica(look)
    const { connections, clock } = settling
    const calls = createConnectionCalls({ ...settling, subscriber: server.connect(), log })
    const never = () => Promise.reject(new Error('superseded'))
    const disconnections = { endLate: never, disconnect: never }
    const isErased = async () => false
    const accountOf = () => look().then(() => ({ name: 'octocat' }))
    await settleAuthorization(id, {
      authorizations: settling.authorizations,
      existingToken: async () => ({ outcome: 'token', accessToken: 'granted' }),
      connect: createConnect({
        calls,
        connections,
        disconnections,
        offered: OFFERED,
        isErased,
        accountOf,
        audit: () => undefined,
      }),
      connections,
      offered: OFFERED,
      waiting: { isOf: async () => true, tell: async () => undefined, resume: async () => undefined },
      audit: () => undefined,
      clock,
    })
    await look()
    expect(seen[0]).toBe('consent_pending -')
    expect(seen.at(-1)).toBe('connected octocat')
    expect(new Set(seen)).toEqual(new Set(['consent_pending -', 'connected octocat']))
  },
)
