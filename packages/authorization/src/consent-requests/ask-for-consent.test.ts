import {
  CONSENT_REQUEST_GRACE_SECONDS,
  CONSENT_REQUESTS_PER_USER,
  type ConnectionId,
  ConsentRequestFacts,
  consentRequestIndexKey,
  consentRequestKey,
  PLACES,
  type UserRef,
} from '@agent-identity/contracts'
import { createSealer, randomToken } from '@agent-identity/service-runtime'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { at, consentRequestsOfTest, laptop, required } from '../test-support/consent-requests.ts'
import { indexFieldOf } from './consent-request-records.ts'

const world = await consentRequestsOfTest()
afterAll(world.stop)
beforeEach(world.anotherUser)

describe('asking', () => {
  test('once for the same need of the same client, and again when it has expired', async () => {
    const first = await world.asked()
    expect((await world.asked()).id).toBe(first.id)
    const named = 'idOfHome_02' as ConnectionId
    const others = [
      { clientId: 'another' },
      { scopes: 'calendar.events' },
      { forceAuthentication: true },
      { forceAuthentication: true, connectedAt: 5 },
      { account: { named } },
      { account: {} },
    ]
    for (const other of others) expect((await world.asked(other)).id).not.toBe(first.id)
    world.clock.now += 601_000
    expect((await world.asked()).id).not.toBe(first.id)
  })

  test('does not go on without end', async () => {
    for (let n = 0; n < CONSENT_REQUESTS_PER_USER; n++) await world.asked({ clientId: `client-${n}` })
    expect(await world.ofServer.ask(world.need({ clientId: 'one more' }))).toEqual({ outcome: 'too-many' })
    expect((await world.asked({ clientId: 'client-0' })).status).toBe('open')
  })

  test('counts no request that has expired at this moment, and nothing else that is in the index', async () => {
    const index = consentRequestIndexKey(world.alice.ref)
    const first = await world.asked({ clientId: 'client-0' })
    for (let n = 1; n < CONSENT_REQUESTS_PER_USER; n++) await world.asked({ clientId: `client-${n}` })
    await world.redis.hset(index, 'not ours', 'nonsense')
    world.clock.now = first.expiresAt
    const next = await world.asked({ clientId: 'one more' })
    expect(await world.redis.hgetall(index)).toEqual({ [indexFieldOf(next)]: `${next.id} ${next.expiresAt}` })
  })

  test('leaves nothing in Redis for longer than the request and its grace', async () => {
    const { id, expiresAt } = await world.asked()
    for (const key of [consentRequestKey(world.alice.ref, id), consentRequestIndexKey(world.alice.ref)])
      expect(await world.redis.pexpiretime(key)).toBe(expiresAt + CONSENT_REQUEST_GRACE_SECONDS * 1_000)
  })

  test('replaces an entry of the index that names another need', async () => {
    const calendar = await world.asked()
    const entry = `${calendar.id} ${calendar.expiresAt}`
    const github = await world.asked({ provider: 'github', displayName: 'GitHub', scopes: 'repo' })
    const index = consentRequestIndexKey(world.alice.ref)
    for (const field of await world.redis.hkeys(index)) await world.redis.hset(index, field, entry)
    const another = await world.asked({ provider: 'github', displayName: 'GitHub', scopes: 'repo' })
    expect(another).toMatchObject({ provider: 'github', scopes: 'repo' })
    expect(another.id).not.toBe(github.id)
    expect(await world.ofServer.read(world.alice.ref, github.id)).toMatchObject({ status: 'open' })
  })

  test.each([
    ['been declined', true, 0],
    ['expired', false, 600_000],
  ])('once more for what has %s, also where an earlier index was put back', async (_what, isDeclined, later) => {
    const first = await world.asked()
    if (isDeclined) await world.ofServer.cancel(first)
    world.clock.now += later
    const index = consentRequestIndexKey(world.alice.ref)
    await world.redis.hset(index, indexFieldOf(first), `${first.id} ${world.clock.now + 600_000}`)
    const both = await Promise.all([world.asked(), world.asked()])
    expect(both[0].id).not.toBe(first.id)
    expect(both[1].id).toBe(both[0].id)
    expect(both[0]).toMatchObject({ status: 'open' })
    expect(await world.redis.hgetall(index)).toEqual({
      [indexFieldOf(first)]: `${both[0].id} ${both[0].expiresAt}`,
    })
    expect((await world.asked()).id).toBe(both[0].id)
  })

  test.each([
    ['is gone', (key: string) => world.redis.del(key)],
    ['does not open', (key: string) => world.redis.hset(key, 'facts', 'k.bm90IHNlYWxlZA')],
  ])('replaces a request whose record %s', async (_what, lose) => {
    const first = await world.asked()
    await lose(consentRequestKey(world.alice.ref, first.id))
    const second = await world.asked()
    expect(second).toMatchObject({ status: 'open' })
    expect(second.id).not.toBe(first.id)
    expect((await world.asked()).id).toBe(second.id)
  })

  test('another user’s record does not open under a name of one’s own, and is found by its owner still', async () => {
    const { id } = await world.asked()
    const bob = randomToken(16) as UserRef
    await world.redis.copy(consentRequestKey(world.alice.ref, id), consentRequestKey(bob, id))
    expect(await world.ofServer.read(bob, id)).toBeUndefined()
    expect(await world.ofWorkload.read(bob, id)).toBeUndefined()
    expect(await world.ofWorkload.read(world.alice.ref, id)).toMatchObject({ owner: world.alice.ref })
  })
})

describe('a change', () => {
  test('is made once from what was read: a “no” that comes after a start has to read it again', async () => {
    const request = await world.asked()
    const started = { status: 'started', authorizationId: at(laptop) } as const
    expect(await world.ofWorkload.change(request, started)).toBe(true)
    expect(await world.records('mcp-server').change(request, { status: 'cancelled' })).toBe(false)
    expect(await world.ofServer.read(world.alice.ref, request.id)).toMatchObject(started)
    expect(await world.ofServer.cancel(request)).toBe(true)
  })

  test('to an end removes the request from the index, and leaves the one that has replaced it', async () => {
    const index = consentRequestIndexKey(world.alice.ref)
    const first = await world.asked()
    world.clock.now = first.expiresAt
    const second = await world.asked()
    expect(await world.ofServer.cancel(first)).toBe(true)
    expect((await world.asked()).id).toBe(second.id)
    expect(await world.ofServer.cancel(second)).toBe(true)
    expect(await world.redis.hgetall(index)).toEqual({})
  })
})

test('a record whose facts name another owner is none, also where they open in its place', async () => {
  const { alice, redis } = world
  const request = await world.asked()
  const seal = createSealer({ sealWith: 'k', keys: { k: 'k'.repeat(43) } }, 'consent request facts').seal
  const facts = (owner: UserRef) => ConsentRequestFacts.parse({ ...request, owner })
  const put = (owner: UserRef) =>
    redis.hset(consentRequestKey(alice.ref, request.id), {
      facts: seal(JSON.stringify(facts(owner)), PLACES.consentRequestFacts(alice.ref, request.id)),
    })
  await put(alice.ref)
  expect(await world.ofServer.read(alice.ref, request.id)).toMatchObject({ status: 'open' })
  await put('b'.repeat(22) as UserRef)
  expect(await world.ofServer.read(alice.ref, request.id)).toBeUndefined()
})

test('the index shows no client, and each need has its own field', () => {
  const need = { clientId: 'https://client.example/metadata.json', provider: 'github' as const, scopes: 'repo' }
  const named = 'idOfHome_02' as ConnectionId
  const fields = [
    indexFieldOf({ ...need, forceAuthentication: false }),
    indexFieldOf({ ...need, forceAuthentication: true }),
    indexFieldOf({ ...need, forceAuthentication: true, connectedAt: 5 }),
    indexFieldOf({ ...need, forceAuthentication: true, connectedAt: 6 }),
    indexFieldOf({ ...need, forceAuthentication: false, scopes: 'gist' }),
    indexFieldOf({ ...need, forceAuthentication: false, scopes: 'gist repo' }),
    indexFieldOf({ ...need, forceAuthentication: false, account: {} }),
    indexFieldOf({ ...need, forceAuthentication: false, account: { named } }),
    indexFieldOf({ ...need, forceAuthentication: false, provider: 'profile' }),
    indexFieldOf({ ...need, forceAuthentication: false, clientId: 'https://client.example/metadata.jso' }),
  ]
  expect(new Set(fields).size).toBe(fields.length)
  expect(fields[0]).toMatch(/^[\w-]{22} github repo$/)
})

test('what stands for a need is found as long as it is open or started, and only for its need', async () => {
  const over = { forceAuthentication: true, connectedAt: 5 }
  const { id } = await world.asked(over)
  const standing = async (changes: object) => (await world.ofServer.standing(world.need({ ...over, ...changes })))?.id
  expect(await standing({})).toBe(id)
  expect([await standing({ connectedAt: 6 }), await standing({ clientId: 'another' })]).toEqual([undefined, undefined])
  await world.start(required(laptop), { [at(laptop)]: {} }).run(id, laptop)
  expect(await standing({})).toBe(id)
  const request = await world.ofServer.read(world.alice.ref, id)
  if (request) await world.ofServer.cancel(request)
  expect(await standing({})).toBeUndefined()
  await world.asked(over)
  world.clock.now += 600_000
  expect(await standing({})).toBeUndefined()
})

test('an index that leads to a request for another need finds nothing', async () => {
  const { redis, alice } = world
  const { id, expiresAt } = await world.asked({ scopes: 'calendar.events' })
  const need = world.need({ forceAuthentication: true })
  await redis.hset(consentRequestIndexKey(alice.ref), indexFieldOf(need), `${id} ${expiresAt}`)
  expect(await world.ofServer.standing(need)).toBeUndefined()
})

test('a request that has failed is found until its client was told, another one is asked for, or its time is over', async () => {
  const { ofServer, ofWorkload, alice, clock, redis } = world
  const failed = async (changes = {}) => (await ofServer.failed(world.need(changes)))?.id
  const failedOne = async () => {
    const { id } = await world.asked()
    await world.start(required(laptop), { [at(laptop)]: {} }).run(id, laptop)
    expect(await failed()).toBeUndefined()
    const request = await ofServer.read(alice.ref, id)
    if (!request) throw new Error('It is gone')
    await ofWorkload.change(request, { status: 'failed', authorizationId: at(laptop), code: 'denied' })
    expect(await ofServer.standing(world.need())).toBeUndefined()
    return request
  }
  const told = await failedOne()
  expect([await failed(), await failed({ clientId: 'another' })]).toEqual([told.id, undefined])
  await ofServer.forgetFailed(told)
  expect([await failed(), await redis.hgetall(consentRequestIndexKey(alice.ref))]).toEqual([undefined, {}])

  const replaced = await failedOne()
  const next = await world.asked()
  expect(next.id).not.toBe(replaced.id)
  // Another call has asked before the client was told that `replaced` has failed.
  await ofServer.forgetFailed(replaced)
  expect([(await world.asked()).id, await failed()]).toEqual([next.id, undefined])
  await ofServer.cancel(next)

  const late = await failedOne()
  clock.now = late.expiresAt
  expect(await failed()).toBeUndefined()
})
