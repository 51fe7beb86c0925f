import {
  AUTHORIZATION_EXPIRIES_KEY,
  type AuditEvent,
  type AuthorizationId,
  CONNECTION_CHANGED_CHANNEL,
  type ConnectionId,
  type ConnectionRecord,
  type ConnectionRef,
  connectionKey,
  connectionUsesKey,
  disconnectionIdOf,
  type Revocation,
  revocationKey,
  type UserRef,
} from '@agent-identity/contracts'
import { createLogger } from '@agent-identity/service-runtime'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { Redis } from 'ioredis'
import { connectionRecord } from '../test-support/connection.ts'
import { PROVIDER, UNNAMED, USER } from '../test-support/disconnecting.ts'
import { createConnectionRecords } from './connection-records.ts'

const NOW = 1_900_000_000_000
const NAMED: ConnectionRef = { ...UNNAMED, named: 'AAAAAAAAAAB' as ConnectionId }
const STRANGER = { ...UNNAMED, user: 'o'.repeat(22) as UserRef }
const ID = 'connection1' as ConnectionId
const authorization = (letter: string) => `${'s'.repeat(22)}.${letter.repeat(22)}` as AuthorizationId

let server: TestRedis
let redis: Redis
let records: ReturnType<typeof createConnectionRecords>
const said: AuditEvent[] = []

beforeAll(async () => {
  server = await startTestRedis()
  redis = await server.ready()
  records = createConnectionRecords({
    redis,
    connectionKeys: { sealWith: 'k', keys: { k: 'k'.repeat(43) } },
    userTokensKeys: { sealWith: 'u', keys: { u: 'u'.repeat(43) } },
    audit: (event) => void said.push(event),
    clock: () => NOW,
    log: createLogger({ service: 'test', level: 'silent' }),
  })
})
afterAll(() => server.stop())
beforeEach(async () => {
  await redis.flushall()
  said.length = 0
})

const LEFT: Revocation = {
  ...{ requestId: 'r', accounts: [], since: NOW, toRead: [], toForget: [], tokens: [], claimedUntil: 0 },
  ...{ revoked: 0, notConfirmed: 0, notRead: 0 },
}

async function write(more: Partial<ConnectionRecord>, ref = UNNAMED, left?: Revocation) {
  const written = await records.write(ref, await records.read(ref), connectionRecord(more), { next: left })
  if (!written) throw new Error('It has changed meanwhile')
  return written
}

async function toldBy(action: () => Promise<unknown>): Promise<string[]> {
  const subscriber = await server.ready()
  const told: string[] = []
  const END = 'the end'
  const ended = new Promise<void>((resolve) => {
    subscriber.on('message', (_channel, message) => (message === END ? resolve() : void told.push(message)))
  })
  await subscriber.subscribe(CONNECTION_CHANGED_CHANNEL)
  await action()
  await redis.publish(CONNECTION_CHANGED_CHANNEL, END)
  await ended
  subscriber.disconnect()
  return told
}

describe('a change of a connection', () => {
  test('returns what is stored then, and tells every replica which connection it was', async () => {
    let written: Awaited<ReturnType<typeof write>> | undefined
    const told = await toldBy(async () => {
      written = await write({ status: 'disconnecting' }, NAMED, LEFT)
    })
    expect(told).toEqual([disconnectionIdOf(NAMED)])
    expect(await records.read(NAMED)).toEqual(written?.connection)
    expect(await records.readRevocation(NAMED)).toEqual(written?.left)
  })

  test('of what has changed since it was read is not made: the record, or what is left to revoke', async () => {
    const { connection, left } = await write({ status: 'disconnecting' }, UNNAMED, LEFT)
    await redis.set(revocationKey(UNNAMED), 'another')
    const next = connectionRecord({ status: 'disconnected' })
    const told = await toldBy(async () => {
      expect(await records.write(UNNAMED, connection, next, { seen: left })).toBeUndefined()
      expect(await records.write(UNNAMED, { ...connection, stored: 'another' }, next, {})).toBeUndefined()
    })
    expect([told, (await records.read(UNNAMED)).value?.status]).toEqual([[], 'disconnecting'])
    expect(await records.write(UNNAMED, connection, next, {})).toBeDefined()
  })

  test.each<[string, () => Promise<unknown>]>([
    ['was added', () => write({}, { ...NAMED, named: 'AAAAAAAAAAC' as ConnectionId })],
    ['was changed', () => write({ status: 'wrong_account' }, NAMED)],
    ['was removed', () => redis.hdel(connectionKey(USER, PROVIDER), NAMED.named ?? '')],
  ])('that depends on the other accounts is not made when one of them %s', async (_what, meanwhile) => {
    await write({}, NAMED)
    const { connection } = await write({})
    const change = async (others: Awaited<ReturnType<typeof records.readOthers>>) =>
      records.write(UNNAMED, connection, connectionRecord({ generation: 1 }), {}, others)
    const before = await records.readOthers(UNNAMED)
    await meanwhile()
    expect(await change(before)).toBeUndefined()
    expect(await change(await records.readOthers(UNNAMED))).toBeDefined()
  })

  test('keeps what is left to revoke for thirty days, and removes it when nothing is left', async () => {
    await write({ status: 'disconnecting' }, UNNAMED, LEFT)
    const kept = await redis.pttl(revocationKey(UNNAMED))
    expect([kept > 30 * 24 * 3_600_000 - 60_000, kept <= 30 * 24 * 3_600_000]).toEqual([true, true])
    await write({ status: 'disconnected' })
    expect(await redis.exists(revocationKey(UNNAMED))).toBe(0)
    expect((await records.read(UNNAMED)).value).not.toHaveProperty('revocation')
  })

  test.each<[string, Partial<ConnectionRecord>, Partial<ConnectionRecord>, boolean]>([
    ['stays while it is the same account', { account: 'alice' }, { account: 'alice', generation: 1 }, true],
    ['is erased when another account takes its place', { account: 'alice' }, { account: 'bob' }, false],
    ['is erased when it ends', { account: 'alice' }, { account: 'alice', status: 'disconnecting' }, false],
  ])('what it was used for %s', async (_what, before, after, isKept) => {
    await write(before)
    await redis.rpush(connectionUsesKey(USER, PROVIDER, ID), 'a use')
    await write(after)
    expect(await redis.exists(connectionUsesKey(USER, PROVIDER, ID))).toBe(isKept ? 1 : 0)
  })

  const WAITING = { status: 'wrong_account', boundBy: authorization('a'), heldUntil: NOW + 600_000 } as const
  test.each<[string, Partial<ConnectionRecord>, Partial<ConnectionRecord>, boolean]>([
    ['is accepted', WAITING, { boundBy: WAITING.boundBy }, true],
    ['is ended', WAITING, { status: 'disconnecting' }, true],
    ['gets a name', WAITING, { ...WAITING, came: 'bob' }, true],
    ['is let go', WAITING, { ...WAITING, heldUntil: 0 }, true],
    ['changes in another way', { ...WAITING, came: 'bob' }, { ...WAITING, came: 'bob', doubted: true }, false],
    ['is bound by another consent', WAITING, { ...WAITING, boundBy: authorization('b'), came: 'bob' }, false],
    ['was decided about before', { boundBy: WAITING.boundBy }, { boundBy: WAITING.boundBy, generation: 1 }, false],
  ])(
    'whether an expiry timer looks soon at the turns that wait: when an account that was bound %s',
    async (_what, before, after, isSoon) => {
      await write(before)
      await redis.zadd(AUTHORIZATION_EXPIRIES_KEY, NOW + 600_000, WAITING.boundBy)
      await write(after)
      const looksAt = Number(await redis.zscore(AUTHORIZATION_EXPIRIES_KEY, WAITING.boundBy))
      expect(looksAt).toBe(NOW + (isSoon ? 5_000 : 600_000))
    },
  )

  test('makes no authorization due that is not, and none later than it was', async () => {
    await write(WAITING)
    await write({ status: 'disconnecting' })
    expect(await redis.exists(AUTHORIZATION_EXPIRIES_KEY)).toBe(0)
    await redis.zadd(AUTHORIZATION_EXPIRIES_KEY, NOW + 1, WAITING.boundBy)
    await write(WAITING)
    await write({ status: 'disconnecting' })
    expect(await redis.zscore(AUTHORIZATION_EXPIRIES_KEY, WAITING.boundBy)).toBe(String(NOW + 1))
  })
})

describe('a record that does not open', () => {
  const plant = (stored: string, ref: ConnectionRef) =>
    redis.hset(connectionKey(ref.user, ref.provider), { [ref.named ?? 'record']: stored })

  test('is an ended connection, of a generation that no consent has, another one for each stored value', async () => {
    const generations = new Set<number | undefined>()
    for (const stored of ['one', 'two']) {
      await plant(stored, NAMED)
      const { value } = await records.read(NAMED)
      expect(value).toMatchObject({ id: NAMED.named, status: 'disconnected', scopes: '', entries: [] })
      generations.add(value?.generation)
    }
    expect([generations.size, [...generations].every((one = 0) => one > 1_000)]).toEqual([2, true])
  })

  test('is in the list under its own id; a field that is empty, or that is no account, is not', async () => {
    await plant('nonsense', NAMED)
    await plant('', UNNAMED)
    await redis.hset(connectionKey(USER, PROVIDER), { default: 'x', unknown: 'x' })
    expect((await records.readAll(USER, PROVIDER)).map(({ ref, record }) => [ref, record.id])).toEqual([
      [NAMED, NAMED.named],
    ])
  })
})

test('the other accounts of a user are all but this one', async () => {
  await write({ id: ID })
  await write({ id: NAMED.named as ConnectionId }, NAMED)
  await write({}, STRANGER)
  const idsOf = async (ref: ConnectionRef) => (await records.readOthers(ref)).records.map(({ id }) => id)
  expect([await idsOf(UNNAMED), await idsOf(NAMED), await idsOf(STRANGER)]).toEqual([[NAMED.named], [ID], []])
})

describe('a record is forgotten', () => {
  test.each(['connected', 'wrong_account', 'needs_reauthorization', 'disconnecting', 'disconnected'] as const)(
    'when it is disconnected: %s',
    async (status) => {
      await write({ status })
      const isForgotten = status === 'disconnected'
      expect([await records.forget(UNNAMED), (await records.read(UNNAMED)).value === undefined]).toEqual([
        isForgotten,
        isForgotten,
      ])
    },
  )

  test('not when it has changed since it was read, and not when there is none', async () => {
    expect(await records.forget(UNNAMED)).toBe(false)
    await write({ status: 'disconnected' })
    const forgetting = records.forget(UNNAMED)
    // `forget` has read the record, and its script has not run yet.
    await redis.hset(connectionKey(USER, PROVIDER), { record: 'another' })
    expect([await forgetting, await redis.hget(connectionKey(USER, PROVIDER), 'record')]).toEqual([false, 'another'])
  })
})

describe('the default account', () => {
  test('is sealed for its user and provider, and told to every replica; forgetting it leaves the accounts', async () => {
    await write({ id: ID })
    expect(await records.readDefault(USER, PROVIDER)).toBeUndefined()
    expect(await toldBy(() => records.writeDefault(USER, PROVIDER, ID))).toEqual([disconnectionIdOf(UNNAMED)])
    expect(await records.readDefault(USER, PROVIDER)).toBe(ID)
    const sealed = (await redis.hget(connectionKey(USER, PROVIDER), 'default')) ?? ''
    expect(sealed).not.toContain(ID)
    for (const [user, provider] of [
      [STRANGER.user, PROVIDER],
      [USER, 'github'],
    ] as const) {
      await redis.hset(connectionKey(user, provider), { default: sealed })
      expect(await records.readDefault(user, provider)).toBeUndefined()
    }
    await records.forgetDefault(USER, PROVIDER)
    expect([await records.readDefault(USER, PROVIDER), (await records.readAll(USER, PROVIDER)).length]).toEqual([
      undefined,
      1,
    ])
  })
})
