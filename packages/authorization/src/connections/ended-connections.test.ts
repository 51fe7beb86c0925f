import {
  type DisconnectionId,
  disconnectionIdOf,
  type OfferedProvider,
  type PendingAuthorization,
  REVOCATIONS_DUE_KEY,
} from '@agent-identity/contracts'
import { afterAll, afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { connectionRecord } from '../test-support/connection.ts'
import { PROVIDER, SCOPES, UNNAMED, USER } from '../test-support/disconnecting.ts'
import { AN_AUTHORIZATION, startTwoReplicas } from '../test-support/two-replicas.ts'
import { needsNewConsent } from './connection-state.ts'

const { world, one, other, connected, reset, stop } = await startTwoReplicas()
beforeEach(reset)
afterAll(stop)

const LINE = { requestId: 'r', userSession: 's'.repeat(22), user: USER, provider: PROVIDER }
const more = 'https://www.googleapis.com/auth/calendar.events'
const ID = disconnectionIdOf(UNNAMED)
const dueAt = async () => {
  const score = await one.redis.zscore(REVOCATIONS_DUE_KEY, ID)
  return score === null ? undefined : Number(score)
}
const open = (wanted: Partial<PendingAuthorization> = {}) => {
  const record = { status: 'pending', generation: 0, scopes: SCOPES, provider: PROVIDER, expiresAt: world.now + 1 }
  world.open = [{ id: AN_AUTHORIZATION, record: { ...record, ...wanted } as PendingAuthorization }]
}

describe('a disconnection', () => {
  test('is in the trail with its request and user session', async () => {
    await connected()
    await one.disconnect()
    expect(one.said.find(({ event }) => event === 'connection_latched')).toStrictEqual({
      event: 'connection_latched',
      ...LINE,
    })
  })

  test('of a consent that is open keeps the name that its user asked for', async () => {
    open({ hint: 'alice@work' })
    expect(await one.disconnect()).toMatchObject({ hint: 'alice@work', generation: 1 })
  })

  test('makes void what is asked for in the latest generation', async () => {
    open({ generation: 4 })
    expect((await one.disconnect())?.generation).toBe(5)
  })

  test('tells no turn that waits for nothing', async () => {
    await one.connect('first', 0, AN_AUTHORIZATION)
    await one.disconnect()
    expect(one.told).toEqual([])
  })

  test('reads the vault once, and no entry that an earlier one has ended', async () => {
    const read: string[] = []
    const away: typeof world.read = async (scopes) => {
      read.push(scopes)
      return 'unavailable'
    }
    world.read = away
    await connected()
    await one.disconnect()
    expect(read).toEqual([SCOPES])
    world.read = async () => undefined
    await one.settle()
    world.read = away
    open({ generation: 1, scopes: more })
    await one.disconnect()
    expect(read).toEqual([SCOPES, more])
    expect((await one.find())?.entries.map(({ scopes }) => scopes)).toEqual([SCOPES, more])
  })

  test('finds an authorization of an earlier version under the parameters of its provider', async () => {
    const calendar = one.offered.get(PROVIDER) as OfferedProvider
    one.offered.set(PROVIDER, { ...calendar, customParameters: { access_type: 'offline' } })
    open()
    await one.disconnect()
    one.offered.delete(PROVIDER)
    open({ generation: 1, scopes: more })
    await one.disconnect()
    one.offered.set(PROVIDER, calendar)
    expect((await one.find())?.entries).toEqual([
      { scopes: SCOPES, parameters: { access_type: 'offline' } },
      { scopes: more, parameters: {} },
    ])
  })

  test('is looked at again soon when this replica dies, and later when the revocation says so', async () => {
    await connected()
    world.settle = () => new Promise(() => undefined)
    const list = world.list
    let looks = 0
    world.list = async () => {
      if (++looks === 2) throw new Error('killed')
      return list.call(world)
    }
    await expect(one.disconnect()).rejects.toThrow('killed')
    expect(await dueAt()).toBe(world.now + 5_000)
    world.list = list
    world.settle = async () => ({ later: world.now + 70_000 })
    await one.disconnect()
    expect(await dueAt()).toBe(world.now + 70_000)
  })

  test('is made due again where Redis has lost that it is, and is not put off', async () => {
    await connected()
    world.revoke = async () => 'unavailable'
    await one.disconnect()
    await one.redis.del(REVOCATIONS_DUE_KEY)
    await other.lookAgain()
    expect(await dueAt()).toBe(world.now)
    const before = world.now
    world.now += 60_000
    await other.lookAgain()
    expect(await dueAt()).toBe(before)
  })
})

describe('a look at what is due', () => {
  const due = () => one.redis.zadd(REVOCATIONS_DUE_KEY, world.now, ID)

  test('of a connection that is not ended cancels nothing', async () => {
    await one.records.write(UNNAMED, await one.records.read(UNNAMED), connectionRecord({ generation: 1 }), {})
    open()
    await due()
    expect(await other.settleDue()).toBe('settled')
    expect([other.ended, await dueAt()]).toEqual([[], undefined])
  })

  test('of one that never was is the last', async () => {
    open()
    await due()
    expect(await other.settleDue()).toBe('settled')
    expect([other.ended, await dueAt()]).toEqual([[], undefined])
  })

  test('of an id that is none is the last', async () => {
    const none = 'nonsense' as DisconnectionId
    await one.redis.zadd(REVOCATIONS_DUE_KEY, world.now, none)
    expect([await other.settleDue(none), await one.redis.exists(REVOCATIONS_DUE_KEY)]).toEqual(['settled', 0])
  })

  test('names an unknown request in the trail where what was left to revoke is lost', async () => {
    const ended = connectionRecord({ status: 'disconnecting', generation: 1 })
    await one.records.write(UNNAMED, await one.records.read(UNNAMED), ended, {})
    open()
    await other.settleDue()
    expect(other.said[0]).toMatchObject({ event: 'cancelled', requestId: 'unknown' })
  })
})

test('every consent that is open is cancelled when its user cancels, whichever its generation', async () => {
  for (const generation of [0, 7]) {
    open({ generation })
    await one.cancelOpen()
  }
  expect(one.ended).toEqual([AN_AUTHORIZATION, AN_AUTHORIZATION])
})

describe('an erasure', () => {
  afterEach(() => void jest.restoreAllMocks())
  beforeEach(() => void jest.spyOn(AbortSignal, 'timeout').mockReturnValue(AbortSignal.abort()))

  test.each([
    ['while AgentCore does not answer', 3, 3, 'revoked'],
    ['but not without end', Number.POSITIVE_INFINITY, 5, undefined],
    ['and once where it answers', 1, 1, 'revoked'],
  ])('reads the vault again %s', async (_when, answersAt, reads, outcome) => {
    await connected()
    let asked = 0
    world.read = async () => (++asked >= answersAt ? undefined : 'unavailable')
    const ended = await one.disconnect({ isErased: true })
    // Once the vault was read, one more call has it forget the entry.
    expect([asked, ended?.outcome]).toEqual([outcome ? reads + 1 : reads, outcome])
  })
})

test('the token of a late consent is not kept where this version does not offer the provider', async () => {
  await connected()
  await one.disconnect()
  const calendar = one.offered.get(PROVIDER) as OfferedProvider
  one.offered.delete(PROVIDER)
  await one.endLate('late')
  one.offered.set(PROVIDER, calendar)
  expect(await one.left()).toMatchObject({ tokens: [], toRead: [{ scopes: SCOPES }] })
})

test('what a late consent put into the vault is used after another consent only, also when its user has connected again', async () => {
  await connected()
  await one.disconnect()
  await one.endLate('late', undefined, 'more')
  const isUsable = async () => !needsNewConsent(await one.find(), { scopes: ['more'], parameters: {} })
  const again = { scopes: SCOPES, parameters: {}, generation: 1 }
  await one.connections.connected(UNNAMED, again, { name: 'alice' })
  expect([(await one.find())?.status, await isUsable()]).toEqual(['connected', false])
})

test('a late consent ends nothing that is connected, or that never was', async () => {
  await one.endLate('late')
  expect(await one.find()).toBeUndefined()
  await connected()
  await one.endLate('late')
  expect([(await one.find())?.status, await one.left()]).toEqual(['connected', undefined])
})

test('a late consent of another entry is ended with it, and its token is kept until it is revoked', async () => {
  await connected()
  await one.disconnect()
  await one.endLate('late')
  expect(await one.find()).toMatchObject({ status: 'disconnecting', entries: [{ scopes: SCOPES, parameters: {} }] })
  expect(await one.left()).toMatchObject({
    toRead: [{ scopes: SCOPES, parameters: {} }],
    bound: [],
    tokens: [{ token: 'late', endsAt: world.now + 3_600_000 }],
  })
  expect(await dueAt()).toBe(world.now + 5_000)
})

test('an account that was never used and is ended is in the trail with its request, and is due', async () => {
  await connected()
  world.settle = async () => ({ later: world.now + 70_000 })
  await one.endUnused({ ...UNNAMED })
  expect(one.said.at(-1)).toStrictEqual({ event: 'connection_latched', ...LINE })
  expect(await dueAt()).toBe(world.now + 70_000)
})
