import {
  AUTHORIZATION_TRANSITIONS,
  AuthorizationId,
  PENDING_AUTHORIZATION_STATUSES,
  type PendingAuthorization,
  pendingAuthorizationKey,
  type UserRef,
  userSessionKey,
  userSessionRefOf,
} from '@agent-identity/contracts'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Redis } from 'ioredis'
import { randomToken, sha256 } from './fingerprint.ts'
import { createLogger } from './logger.ts'
import { createPendingAuthorizationRecords, type PendingAuthorizationRecords } from './pending-authorization-records.ts'

const NOW = 1_900_000_000_000
let server: TestRedis
let redis: Redis
let records: PendingAuthorizationRecords
const recordsOf = (service: 'agent-workload' | 'session-binding') =>
  createPendingAuthorizationRecords({
    redis,
    identityArtifactKeys: { sealWith: 'k', keys: { k: 'k'.repeat(43) } },
    service,
    log: createLogger({ service: 'test', level: 'silent' }),
  })

beforeAll(async () => {
  server = await startTestRedis()
  redis = await server.ready()
  records = recordsOf('session-binding')
})
afterAll(() => server.stop())

const facts = {
  owner: 'a'.repeat(22) as UserRef,
  provider: 'github' as const,
  displayName: 'GitHub',
  scopes: 'repo',
  createdAt: NOW,
  expiresAt: NOW + 600_000,
  stateHash: sha256('state'),
  sessionUriHash: sha256('session URI'),
  correlationId: 'the-turn',
}

async function written(): Promise<AuthorizationId> {
  const id = AuthorizationId.parse(`${randomToken(16)}.${randomToken(16)}`)
  await redis.hset(pendingAuthorizationKey(id), {
    facts: records.sealFacts(id, facts),
    progress: records.sealNew(id),
    sealedAuthorization: 'authorization',
    sealedIdentityArtifact: 'artifact',
  })
  return id
}

async function read(id: AuthorizationId): Promise<PendingAuthorization> {
  const record = await records.read(id)
  if (!record) throw new Error('no record')
  return record
}

describe('a record', () => {
  test('is read as it was written', async () => {
    expect(await read(await written())).toEqual({
      ...facts,
      status: 'pending',
      sealedProgress: expect.any(String),
      sealedAuthorization: 'authorization',
      sealedIdentityArtifact: 'artifact',
    })
  })

  test.each(['facts', 'progress', 'sealedAuthorization', 'sealedIdentityArtifact'])(
    'without %s is none',
    async (field) => {
      const id = await written()
      await redis.hdel(pendingAuthorizationKey(id), field)
      expect(await records.read(id)).toBeUndefined()
    },
  )

  test.each(['facts', 'progress'])('with the %s of another counts as absent', async (field) => {
    const [id, other] = [await written(), await written()]
    const theirs = (await redis.hget(pendingAuthorizationKey(other), field)) ?? ''
    await redis.hset(pendingAuthorizationKey(id), field, theirs)
    expect(await records.read(id)).toBeUndefined()
    expect((await read(other)).status).toBe('pending')
  })
})

describe('a change', () => {
  test('is made once from the progress that was read, keeps other members, and is read back', async () => {
    const id = await written()
    const started = await recordsOf('agent-workload').change(id, await read(id), {
      status: 'pending',
      browserHash: sha256('browser'),
    })
    if (!started) throw new Error('not started')
    const claimed = await records.change(id, started, { status: 'binding', bindingEndsAt: NOW })
    expect(claimed).toMatchObject({ status: 'binding', bindingEndsAt: NOW, browserHash: sha256('browser') })
    expect(await read(id)).toEqual(claimed)
    expect(await records.change(id, started, { status: 'failed', failure: 'denied' })).toBeUndefined()
    expect(await read(id)).toEqual(claimed)
  })

  test('keeps the failure', async () => {
    const id = await written()
    await records.change(id, await read(id), { status: 'failed', failure: 'denied' })
    expect(await read(id)).toMatchObject({ status: 'failed', failure: 'denied' })
  })

  test('is not made without the key that it requires', async () => {
    const id = await written()
    const record = await read(id)
    const required = userSessionKey(userSessionRefOf(id))
    expect(await records.change(id, record, { status: 'binding', bindingEndsAt: NOW }, required)).toBeUndefined()
    expect(await read(id)).toEqual(record)
    await redis.set(required, 'sealed')
    expect(await records.change(id, record, { status: 'binding', bindingEndsAt: NOW }, required)).toBeDefined()
  })

  test.each(['agent-workload', 'session-binding'] as const)(
    'of %s is one of its own transitions in the table',
    (service) => {
      const id = AuthorizationId.parse(`${'s'.repeat(22)}.${'i'.repeat(22)}`)
      const mine = recordsOf(service)
      for (const from of PENDING_AUTHORIZATION_STATUSES)
        for (const to of PENDING_AUTHORIZATION_STATUSES) {
          const seal = () => mine.sealTransition(id, { status: from }, { status: to })
          const listed = AUTHORIZATION_TRANSITIONS.some(
            (one) => one.by === service && one.from === from && one.to === to,
          )
          if (listed) expect(seal()).toMatch(/^k\./)
          else expect(seal).toThrow(`from ${from} to ${to}`)
        }
    },
  )
})
