import {
  AuthorizationId,
  START_STATUSES,
  START_TRANSITIONS,
  StartId,
  type StoredStart,
  startKey,
  type UserRef,
  userSessionKey,
  userSessionRefOf,
} from '@agent-identity/contracts'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Redis } from 'ioredis'
import { randomToken, sha256 } from './fingerprint.ts'
import { createLogger } from './logger.ts'
import { createStartRecords, type StartRecords } from './start-records.ts'

const NOW = 1_900_000_000_000
let server: TestRedis
let redis: Redis
let records: StartRecords
const recordsOf = (service: 'agent-workload' | 'session-binding') =>
  createStartRecords({
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
  authorization: AuthorizationId.parse('z'.repeat(22)),
  entry: { credentialProvider: 'github', scopes: 'repo', parameters: { connection_label: 'label' } },
  asOf: 0,
  createdAt: NOW,
  expiresAt: NOW + 600_000,
  stateHash: sha256('state'),
  sessionUriHash: sha256('session URI'),
  correlationId: 'the-turn',
}

async function written(): Promise<StartId> {
  const id = StartId.parse(`${randomToken(16)}.${randomToken(16)}`)
  await redis.hset(startKey(id), {
    facts: records.sealFacts(id, facts),
    progress: records.sealNew(id, sha256('browser')),
    sealedIdentityArtifact: 'artifact',
  })
  return id
}

async function read(id: StartId): Promise<StoredStart> {
  const record = await records.read(id)
  if (!record) throw new Error('no record')
  return record
}

describe('a record', () => {
  test('is read as it was written', async () => {
    const id = await written()
    expect(await read(id)).toEqual({
      ...facts,
      id,
      browserHash: sha256('browser'),
      status: 'pending',
      sealedProgress: expect.any(String),
      sealedIdentityArtifact: 'artifact',
    })
  })

  test.each(['facts', 'progress', 'sealedIdentityArtifact'])('without %s is none', async (field) => {
    const id = await written()
    await redis.hdel(startKey(id), field)
    expect(await records.read(id)).toBeUndefined()
  })

  test.each(['facts', 'progress'])('with the %s of another counts as absent', async (field) => {
    const [id, other] = [await written(), await written()]
    const theirs = (await redis.hget(startKey(other), field)) ?? ''
    await redis.hset(startKey(id), field, theirs)
    expect(await records.read(id)).toBeUndefined()
    expect((await read(other)).status).toBe('pending')
  })
})

describe('a change', () => {
  test('is made once from the progress that was read, keeps other members, and is read back', async () => {
    const id = await written()
    const started = await read(id)
    const claimed = await records.change(started, { status: 'binding', bindingEndsAt: NOW })
    expect(claimed).toMatchObject({ status: 'binding', bindingEndsAt: NOW, browserHash: sha256('browser') })
    expect(await read(id)).toEqual(claimed)
    expect(await records.change(started, { status: 'failed', failure: 'denied' })).toBeUndefined()
    expect(await read(id)).toEqual(claimed)
  })

  test('keeps the failure', async () => {
    const id = await written()
    await records.change(await read(id), { status: 'failed', failure: 'denied' })
    expect(await read(id)).toMatchObject({ status: 'failed', failure: 'denied' })
  })

  test('is not made without the key that it requires', async () => {
    const id = await written()
    const record = await read(id)
    const required = userSessionKey(userSessionRefOf(id))
    expect(await records.change(record, { status: 'binding', bindingEndsAt: NOW }, required)).toBeUndefined()
    expect(await read(id)).toEqual(record)
    await redis.set(required, 'sealed')
    expect(await records.change(record, { status: 'binding', bindingEndsAt: NOW }, required)).toBeDefined()
  })

  test.each(['agent-workload', 'session-binding'] as const)(
    'of %s is one of its own transitions in the table',
    (service) => {
      const id = StartId.parse(`${'s'.repeat(22)}.${'i'.repeat(22)}`)
      const mine = recordsOf(service)
      const browserHash = sha256('browser')
      for (const from of START_STATUSES)
        for (const to of START_STATUSES) {
          const seal = () => mine.sealTransition(id, { status: from, browserHash }, { status: to, browserHash })
          const listed = START_TRANSITIONS.some((one) => one.by === service && one.from === from && one.to === to)
          if (listed) expect(seal()).toMatch(/^k\./)
          else expect(seal).toThrow(`from ${from} to ${to}`)
        }
    },
  )
})
