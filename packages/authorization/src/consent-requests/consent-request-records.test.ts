import {
  type AuthorizationId,
  BINDING_NOTIFICATIONS_STREAM,
  CONSENT_REQUEST_SETTLED_CHANNEL,
  CONSENT_REQUESTS_PER_USER,
  type ConsentRequest,
  consentRequestIndexKey,
  consentRequestKey,
  type TurnEvent,
  type WaiterId,
} from '@agent-identity/contracts'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { at, consentRequestsOfTest, laptop } from '../test-support/consent-requests.ts'
import { createConsentRequests } from './ask-for-consent.ts'
import { indexFieldOf } from './consent-request-records.ts'
import { waiterOf, waitingConsentRequests } from './waiting-consent-requests.ts'

const world = await consentRequestsOfTest()
afterAll(world.stop)
beforeEach(world.anotherUser)

const index = () => consentRequestIndexKey(world.alice.ref)
const keyOf = ({ id }: ConsentRequest) => consentRequestKey(world.alice.ref, id)
const read = async ({ id }: ConsentRequest) => {
  const request = await world.ofServer.read(world.alice.ref, id)
  if (!request) throw new Error('It has no record')
  return request
}
const started = async (more: { joined?: true } = {}) => {
  const request = await world.asked()
  const authorizationId = at(laptop)
  expect(await world.ofWorkload.change(request, { status: 'started', authorizationId, ...more })).toBe(true)
  return read(request)
}
const calledOff = async () =>
  (await world.redis.xrange(BINDING_NOTIFICATIONS_STREAM, '-', '+')).map(([, fields]) => fields)

describe('a new request', () => {
  test('can be opened for ten minutes, and is kept for ten more', async () => {
    const request = await world.asked()
    const { now } = world.clock
    expect(request).toMatchObject({ status: 'open', createdAt: now, expiresAt: now + 600_000, owner: world.alice.ref })
    for (const key of [keyOf(request), index()])
      expect(await world.redis.call('PEXPIRETIME', key)).toBe(now + 1_200_000)
  })

  test('is said to be new once', async () => {
    const ask = async () => {
      const asked = await world.ofServer.ask(world.need())
      return asked.outcome === 'asked' && asked.isNew
    }
    expect([await ask(), await ask()]).toEqual([true, false])
  })

  test('cannot be read in Redis, and is none where one half of it is lost', async () => {
    const request = await world.asked()
    expect(JSON.stringify(await world.redis.hgetall(keyOf(request)))).not.toMatch(/calendar|client|open/)
    for (const half of ['facts', 'progress']) {
      const other = await world.asked({ clientId: half })
      await world.redis.hdel(keyOf(other), half)
      expect(await world.ofServer.read(world.alice.ref, other.id)).toBeUndefined()
      await world.redis.hset(keyOf(other), { [half]: 'nonsense' })
      expect(await world.ofServer.read(world.alice.ref, other.id)).toBeUndefined()
    }
  })

  test('makes room for others where it has expired, or cannot be read in the index', async () => {
    for (let n = 1; n < CONSENT_REQUESTS_PER_USER; n++) await world.asked({ clientId: `client-${n}` })
    await world.redis.hset(index(), { old: `x ${world.clock.now}`, nonsense: 'x' })
    await world.asked({ clientId: 'one more' })
    expect(await world.redis.hexists(index(), 'nonsense')).toBe(0)
    expect(await world.ofServer.ask(world.need({ clientId: 'and another' }))).toEqual({ outcome: 'too-many' })
  })
})

describe('a change', () => {
  test('of what has changed since it was read is not made, and sends no notification', async () => {
    const request = await world.asked()
    await started()
    const subscriber = await world.server.ready()
    const heard: string[] = []
    subscriber.on('message', (_channel, message) => heard.push(message))
    await subscriber.subscribe(CONSENT_REQUEST_SETTLED_CHANNEL)
    expect(await world.ofWorkload.change(request, { status: 'bound' })).toBe(false)
    await subscriber.ping()
    expect([heard, (await read(request)).status]).toEqual([[], 'started'])
  })

  test('that is its end takes it off the index, and no other one that stands there', async () => {
    const request = await started()
    expect(await world.redis.hkeys(index())).toEqual([indexFieldOf(request)])
    await world.redis.hset(index(), { [indexFieldOf(request)]: 'another 1' })
    expect(await world.ofWorkload.change(request, { status: 'bound' })).toBe(true)
    expect(await world.redis.hgetall(index())).toEqual({ [indexFieldOf(request)]: 'another 1' })
  })

  test.each([
    ['of another service', 'open', 'cancelled', 'agent-workload'],
    ['from an end', 'bound', 'open', 'agent-workload'],
    ['to an end that needs a start', 'open', 'failed', 'agent-workload'],
    ['of a service that only asks', 'open', 'started', 'mcp-server'],
  ] as const)('%s is a defect: nothing is written', async (_which, from, to, service) => {
    const request = { ...(await world.asked()), status: from }
    await expect(world.records(service).change(request, { status: to })).rejects.toThrow(
      `The ${service} makes no transition of a consent request from ${from} to ${to}`,
    )
    expect((await read(request)).status).toBe('open')
  })
})

describe('a cancellation', () => {
  test('of what has not started calls no authorization off', async () => {
    const before = await calledOff()
    const request = await world.asked()
    expect(await world.ofServer.cancel(request)).toBe(true)
    expect([await calledOff(), (await read(request)).status]).toEqual([before, 'cancelled'])
    expect(await world.ofServer.cancel(await read(request))).toBe(false)
  })

  test('calls its authorization off, also where it has started since it was read', async () => {
    const request = await world.asked()
    const before = await calledOff()
    await started()
    expect(await world.ofServer.cancel(request)).toBe(true)
    expect(await calledOff()).toEqual([...before, ['authorizationId', at(laptop)]])
    expect(await read(request)).toMatchObject({ status: 'cancelled', authorizationId: at(laptop) })
    expect(await read(request)).not.toHaveProperty('joined')
  })

  test('keeps that its user had begun the authorization elsewhere', async () => {
    const request = await started({ joined: true })
    await world.ofServer.cancel(request)
    expect(await read(request)).toMatchObject({ status: 'cancelled', joined: true })
  })

  test('comes too late where it was bound in between', async () => {
    const request = await started()
    await world.ofWorkload.change(request, { status: 'bound', authorizationId: at(laptop) })
    expect([await world.ofServer.cancel(request), (await read(request)).status]).toEqual([false, 'bound'])
  })

  test('of what is gone is none', async () => {
    const request = await world.asked()
    await world.redis.del(keyOf(request))
    expect(await world.ofServer.cancel(request)).toBe(false)
  })
})

test.each(['short', ' ', 'x'.repeat(22)])(
  'an entry of the index that names no request (%j) is replaced',
  async (name) => {
    const request = await world.asked()
    await world.redis.hset(index(), { [indexFieldOf(request)]: `${name} ${request.expiresAt}` })
    const another = await world.asked()
    expect(another).toMatchObject({ status: 'open' })
    expect((await world.asked()).id).toBe(another.id)
  },
)

test('an entry of the index that cannot be replaced is an error, and not tried again without end', async () => {
  const request = await world.asked()
  const bytes = Buffer.concat([Buffer.from([0xff]), Buffer.from(` ${request.expiresAt}`)])
  await world.redis.hset(index(), indexFieldOf(request), bytes)
  await expect(world.ofServer.ask(world.need())).rejects.toThrow('cannot be replaced')
})

test('a request that would not open is an error, and not made again without end', async () => {
  const before = (await world.redis.keys('consent-request:*')).length
  await expect(world.ofServer.ask(world.need({ displayName: 'x'.repeat(65) }))).rejects.toThrow('cannot be read')
  expect((await world.redis.keys('consent-request:*')).length).toBe(before + 1)
})

test('a request that another call makes new at the same time is returned to both', async () => {
  const over = await world.asked()
  world.clock.now += 600_000
  const two = [createConsentRequests, createConsentRequests].map((create) =>
    create({ redis: world.redis, records: world.records('mcp-server'), clock: () => world.clock.now }),
  )
  const asked = await Promise.all(two.map((one) => one.ask(world.need())))
  const requests = asked.flatMap((one) => (one.outcome === 'asked' ? [one] : []))
  expect(new Set(requests.map(({ request }) => request.id)).size).toBe(1)
  expect(requests.map(({ isNew }) => isNew).sort()).toEqual([false, true])
  expect(requests[0]?.request.id).not.toBe(over.id)
})

describe('what waits otherwise', () => {
  const told: unknown[] = []
  const others = {
    isOf: async (...of: unknown[]) => told.push(of) > 0,
    tell: async (...of: unknown[]) => void told.push(of),
    resume: async (...of: unknown[]) => void told.push(of),
  }
  const waiting = () => waitingConsentRequests(world.ofWorkload, others as never)
  const completed = { event: 'authorization_completed', data: { authorizationId: at(laptop) } } as TurnEvent
  beforeEach(() => {
    told.length = 0
  })

  test.each([
    ['a turn', (_request: string) => `${'c'.repeat(22)}.${'t'.repeat(11)}`],
    ['an id with more parts', (request: string) => `${request}.more`],
    ['an id without a request', (_request: string) => 'c'.repeat(22)],
  ])('%s goes to the others', async (_what, waiterOfRequest) => {
    const request = await started()
    const waiter = waiterOfRequest(waiterOf(world.alice.ref, request.id)) as WaiterId
    const person = { owner: world.alice.ref, userSession: laptop } as never
    expect(await waiting().isOf(waiter, person)).toBe(true)
    await waiting().tell(waiter, completed)
    await waiting().resume(waiter)
    expect(told).toEqual([[waiter, person], [waiter, completed], [waiter]])
    expect((await read(request)).status).toBe('started')
  })

  test('and another event of an authorization does not end a request', async () => {
    const request = await started()
    await waiting().tell(waiterOf(world.alice.ref, request.id), {
      event: 'authorization_required',
      data: { authorizationId: at(laptop) },
    } as TurnEvent)
    expect([(await read(request)).status, told]).toEqual(['started', []])
  })

  test('a request that is started once more in between follows its new authorization', async () => {
    const request = await started()
    const elsewhere = at('p'.repeat(22)) as AuthorizationId
    let isFirst = true
    const records = {
      ...world.ofWorkload,
      async change(...of: Parameters<typeof world.ofWorkload.change>) {
        if (isFirst) await world.ofWorkload.change(of[0], { status: 'started', authorizationId: elsewhere })
        isFirst = false
        return world.ofWorkload.change(...of)
      },
    }
    await waitingConsentRequests(records, others as never).tell(waiterOf(world.alice.ref, request.id), completed)
    expect(await read(request)).toMatchObject({ status: 'started', authorizationId: elsewhere })
  })
})
