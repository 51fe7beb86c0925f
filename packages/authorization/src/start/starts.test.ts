import {
  type AuthorizationId,
  type Start,
  type StartId,
  startKey,
  startsKey,
  type UserRef,
  type UserSessionRef,
  userSessionKey,
} from '@agent-identity/contracts'
import { createLogger, createRecordSealer, createStartRecords, sha256 } from '@agent-identity/service-runtime'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { createStarts, isTravelling } from './starts.ts'

const here = 's'.repeat(22) as UserSessionRef
const there = 't'.repeat(22) as UserSessionRef
const ring = { sealWith: 'k', keys: { k: 'k'.repeat(43) } }
const now = Date.now()
const looks: [string, number][] = []
const log = createLogger({ service: 'agent-workload', level: 'fatal' })

let server: TestRedis
let redis: Awaited<ReturnType<TestRedis['ready']>>
let starts: ReturnType<typeof createStarts>
beforeAll(async () => {
  server = await startTestRedis()
  redis = await server.ready()
  starts = createStarts({
    redis,
    records: createStartRecords({ redis, identityArtifactKeys: ring, service: 'agent-workload', log }),
    artifactSealer: createRecordSealer(ring, 'identity artifact', log),
    look: async (id, at) => void looks.push([id, at]),
    clock: () => now,
  })
})
beforeEach(async () => {
  await redis.flushall()
  await redis.set(userSessionKey(here), 'signed in')
  looks.length = 0
})
afterAll(() => server.stop())

const artifact = { kind: 'jwt', userToken: 'the-users-token' } as const
const start = (of: Partial<Start> = {}): Start => ({
  id: `${here}.${'i'.repeat(22)}` as StartId,
  owner: 'a'.repeat(22) as UserRef,
  authorization: 'z'.repeat(22) as AuthorizationId,
  provider: 'github',
  displayName: 'GitHub',
  entry: { credentialProvider: 'github', scopes: 'read', parameters: { connection_label: 'label-of-this-consent' } },
  asOf: 0,
  stateHash: sha256('state'),
  sessionUriHash: sha256('session uri'),
  correlationId: 'request',
  createdAt: now,
  expiresAt: now + 600_000,
  status: 'pending',
  browserHash: sha256('browser'),
  ...of,
})

test('a start is made only while its user session lives, and its end is due', async () => {
  expect(await starts.create(start(), artifact)).toBe('created')
  expect(looks).toEqual([[start().id, now + 600_000]])
  expect(await starts.read(start().id)).toMatchObject(start())
  const late = start({ id: `${there}.${'i'.repeat(22)}` as StartId })
  expect(await starts.create(late, artifact)).toBe('signed-out')
  expect(await redis.exists(startKey(late.id), startsKey(there))).toBe(0)
})

test('nothing of it is readable in Redis, and nothing stays there for longer than a late return may ask', async () => {
  await starts.create(start(), artifact)
  const stored = Object.values(await redis.hgetall(startKey(start().id))).join(' ')
  for (const secret of ['the-users-token', 'label-of-this-consent', sha256('state'), 'github', 'a'.repeat(22)])
    expect(stored).not.toContain(secret)
  for (const key of [startKey(start().id), startsKey(here)]) expect(await redis.pexpiretime(key)).toBe(now + 1_200_000)
})

test('one of two changes wins', async () => {
  await starts.create(start(), artifact)
  const read = await starts.read(start().id)
  if (!read) throw new Error('The start is gone')
  const changes = await Promise.all(['expired', 'cancelled'].map((status) => starts.change(read, { status } as never)))
  expect(changes.filter((one) => one !== undefined)).toHaveLength(1)
})

test('a start that was copied to another id does not open', async () => {
  await starts.create(start(), artifact)
  const copy = start({ id: `${here}.${'j'.repeat(22)}` as StartId })
  await redis.hset(startKey(copy.id), await redis.hgetall(startKey(start().id)))
  expect(await starts.read(copy.id)).toBeUndefined()
})

test('the list of a user session has its own starts; what else stands there is left out', async () => {
  await starts.create(start(), artifact)
  await redis.zadd(startsKey(here), now + 60_000, 'nonsense', now + 60_000, 'g'.repeat(22))
  expect((await starts.listOf(here)).map(({ id }) => id)).toEqual([start().id])
  expect(await starts.listOf(there)).toEqual([])
})

test.each([
  ['pending', now + 1, true],
  ['pending', now, false],
  ['binding', now, true],
  ['bound', now + 1, false],
  ['cancelled', now + 1, false],
] as const)('a start that is %s until %s is on its way: %s', (status, expiresAt, expected) => {
  expect(isTravelling(start({ status, expiresAt }), now)).toBe(expected)
})

test('a start that came since the list was read prevents another one; of two at once one is made', async () => {
  const other = start({ id: `${here}.${'j'.repeat(22)}` as StartId })
  const known = await starts.namesOf(here)
  const made = await Promise.all([start(), other].map((one) => starts.create(one, artifact, known)))
  expect(made.toSorted()).toEqual(['created', 'overtaken'])
  expect(await starts.create(other, artifact, await starts.namesOf(here))).toBe('created')
  expect(await starts.create(start({ id: `${here}.${'k'.repeat(22)}` as StartId }), artifact)).toBe('created')
})
