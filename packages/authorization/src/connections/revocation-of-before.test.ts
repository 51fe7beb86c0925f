import {
  ConnectionRecord,
  connectionField,
  connectionKey,
  PLACES,
  Revocation,
  revocationKey,
} from '@agent-identity/contracts'
import { createLogger, createSealedRecord } from '@agent-identity/service-runtime'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { PROVIDER, SCOPES, UNNAMED, USER } from '../test-support/disconnecting.ts'
import { startTwoReplicas } from '../test-support/two-replicas.ts'

const { world, one, other, connected, reset, stop } = await startTwoReplicas()
const log = createLogger({ service: 'test', level: 'silent' })
const ring = (key: string) => ({ sealWith: key, keys: { [key]: key.repeat(43) } })
const connections = createSealedRecord(ring('t'), 'connection', ConnectionRecord, log)
const revocations = createSealedRecord(ring('u'), 'revocation', Revocation, log)
const [hash, field] = [connectionKey(USER, PROVIDER), connectionField(UNNAMED)]
const [place, leftAt] = [PLACES.connection(UNNAMED), PLACES.revocation(UNNAMED)]

const asked: string[] = []
const dropped = () => [...one.said, ...other.said].filter((line) => line.event === 'disconnected')
beforeEach(async () => {
  await reset()
  asked.length = 0
})
afterAll(stop)

/** Disconnects while the vendor does not answer. @returns what is left to revoke, without its id. */
async function ended(): Promise<Revocation> {
  await connected()
  world.revoke = async () => 'unavailable'
  await one.disconnect()
  const left = await one.left()
  if (!left) throw new Error('Nothing is left')
  world.revoke = async (token) => {
    asked.push(token)
    return 'revoked'
  }
  const { id: _, ...before } = left
  return before
}

const store = (left: Revocation) => one.redis.set(revocationKey(UNNAMED), revocations.seal(left, leftAt))

/** Stores the record and what is left to revoke without their common id, as an earlier version did. */
async function asBefore(left: Revocation, more: object = {}): Promise<void> {
  const record = { ...(await one.find()), revocation: undefined, ...more } as ConnectionRecord
  await one.redis.hset(hash, { [field]: connections.seal(record, place) })
  await store(left)
}

describe('what was left to revoke in a format without a name', () => {
  test('is revoked still while its user has ended the connection', async () => {
    await asBefore(await ended())
    expect(await other.settle()).toBe('settled')
    expect([asked, await one.find()]).toMatchObject([['first'], { status: 'disconnected', outcome: 'revoked' }])
  })

  test('is revoked still where another account is connected, which is left alone', async () => {
    const left = await ended()
    world.account = 'bob'
    world.vault.set(SCOPES, 'of bob')
    await one.connect('of bob', 1)
    expect(await one.connections.accept(UNNAMED, 'bob', 2)).toMatchObject({ status: 'connected' })
    // The entry of the vault is bob's by now.
    const entry = { scopes: SCOPES, parameters: {} }
    await asBefore({ ...left, toRead: [entry], toForget: [entry] })
    expect(await other.settle()).toBe('settled')
    expect([asked, world.vault.get(SCOPES)]).toEqual([['first'], 'of bob'])
    expect(await one.find()).toMatchObject({ status: 'connected', account: 'bob' })
    expect(dropped()).toMatchObject([{ outcome: 'revoked' }])
  })

  test.each([
    ['the same account', { account: 'alice' }],
    ['an account that the vendor did not name', { account: undefined }],
    ['another account, and the vault’s entry of it is not known', { account: 'bob', parameters: undefined }],
  ])('is not revoked where this is connected: %s', async (_what, record) => {
    const left = await ended()
    world.account = 'alice'
    world.vault.set(SCOPES, 'of alice')
    await one.connect('of alice', 1)
    await asBefore(left, record)
    expect(await other.settle()).toBe('settled')
    expect([asked, world.vault.get(SCOPES), await one.redis.exists(revocationKey(UNNAMED))]).toEqual([
      [],
      'of alice',
      0,
    ])
    expect(dropped()).toMatchObject([{ user: USER, provider: PROVIDER, outcome: 'not_revoked' }])
  })
})

const drops: [string, () => Promise<unknown>][] = [
  ['when it is looked at', () => other.settle()],
  ['with a change of the record', () => other.connections.needsReauthorization(UNNAMED)],
  ['with another consent', () => other.connect('more', 1)],
  ['with another disconnection', () => other.disconnect()],
]

describe('what is dropped because the record does not name it', () => {
  test.each(drops)('%s, is not revoked, and the audit trail says so', async (_when, drop) => {
    const left = await ended()
    world.vault.set(SCOPES, 'new')
    await one.connect('new', 1)
    await store({ ...left, id: 'of another time' })
    await drop()
    expect(asked).not.toContain('first')
    expect(dropped()[0]).toMatchObject({ requestId: 'unknown', outcome: 'not_revoked' })
    expect(await other.settle()).toBe('settled')
    expect(dropped().filter(({ requestId }) => requestId === 'unknown')).toHaveLength(1)
  })

  test('with a consent while the end of the connection is under way, is not revoked, and the audit trail says so', async () => {
    const left = await ended()
    await store({ ...left, id: 'of another time' })
    world.vault.set(SCOPES, 'new')
    expect((await one.connect('new', 1)).outcome).toBe('connected')
    expect(await other.settle()).toBe('settled')
    expect([asked, dropped()]).toMatchObject([[], [{ requestId: 'unknown', outcome: 'not_revoked' }]])
  })

  test('is said once, by the end of the connection, where that is under way', async () => {
    const left = await ended()
    await store({ ...left, id: 'of another time' })
    expect(await other.settle()).toBe('settled')
    expect(dropped()).toMatchObject([{ outcome: 'not_revoked' }])
  })
})

test.each(drops)(
  'what was left of another account, and is gone from Redis, is not revoked: the trail says so %s',
  async (_when, look) => {
    await ended()
    world.account = 'bob'
    world.vault.set(SCOPES, 'of bob')
    await one.connect('of bob', 1)
    expect(await one.connections.accept(UNNAMED, 'bob', 2)).toMatchObject({ status: 'connected' })
    expect(await one.left()).toBeDefined()
    await one.redis.del(revocationKey(UNNAMED))
    await look()
    expect(dropped()[0]).toMatchObject({ requestId: 'unknown', outcome: 'not_revoked' })
    expect(await other.settle()).toBe('settled')
    expect(dropped().filter(({ requestId }) => requestId === 'unknown')).toHaveLength(1)
  },
)
