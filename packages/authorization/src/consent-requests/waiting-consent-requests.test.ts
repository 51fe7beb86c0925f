import {
  BINDING_NOTIFICATIONS_STREAM,
  CONSENT_REQUEST_SETTLED_CHANNEL,
  consentRequestKey,
  type TurnEvent,
  type UserRef,
  type UserSessionRef,
  type WaiterId,
} from '@agent-identity/contracts'
import { randomToken } from '@agent-identity/service-runtime'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { at, consentRequestsOfTest, laptop, phone, required } from '../test-support/consent-requests.ts'
import { waiterOf, waitingConsentRequests } from './waiting-consent-requests.ts'

const world = await consentRequestsOfTest()
afterAll(world.stop)
beforeEach(world.anotherUser)

describe('the end of a consent request', () => {
  const told: string[] = []
  const others = {
    isOf: async () => false,
    tell: async (waiter: string) => void told.push(waiter),
    resume: async (waiter: string) => void told.push(waiter),
  }
  const waiting = () => waitingConsentRequests(world.ofWorkload, others)
  const failed = (code: 'denied' | 'expired') =>
    ({ event: 'authorization_failed', data: { authorizationId: at(laptop), code } }) as TurnEvent
  const completed = { event: 'authorization_completed', data: { authorizationId: at(laptop) } } as TurnEvent

  async function started() {
    const { id } = await world.asked({ clientId: randomToken(8) })
    await world.start(required(laptop)).run(id, laptop)
    return { id, waiter: waiterOf(world.alice.ref, id) }
  }

  test.each([
    ['bound', completed, { status: 'bound', authorizationId: at(laptop) }],
    ['denied', failed('denied'), { status: 'failed', code: 'denied', authorizationId: at(laptop) }],
    ['out of time, when it may be opened again', failed('expired'), { status: 'open' }],
  ] as const)('is that of its authorization: %s', async (_what, event, end) => {
    const { id, waiter } = await started()
    const heard: string[] = []
    const subscriber = await world.server.ready()
    await subscriber.subscribe(CONSENT_REQUEST_SETTLED_CHANNEL)
    subscriber.on('message', (_channel, message) => heard.push(message))
    await waiting().tell(waiter, event)
    await waiting().resume(waiter)
    expect(await world.ofServer.read(world.alice.ref, id)).toMatchObject(end)
    await subscriber.ping()
    expect(heard).toEqual(end.status === 'open' ? [] : [id])
    if (end.status === 'open')
      expect(await world.ofServer.read(world.alice.ref, id)).not.toHaveProperty('authorizationId')
    expect(told).toEqual([])
  })

  test('is not that of another authorization, nor told to another user’s', async () => {
    const { id, waiter } = await started()
    const event = { event: 'authorization_completed', data: { authorizationId: at(phone) } } as TurnEvent
    await waiting().tell(waiter, event)
    expect(await world.ofServer.read(world.alice.ref, id)).toMatchObject({ status: 'started' })
    const userSession = laptop as UserSessionRef
    expect(await waiting().isOf(waiter, { owner: world.alice.ref, userSession })).toBe(true)
    expect(await waiting().isOf(waiter, { owner: 'b'.repeat(22) as UserRef, userSession })).toBe(false)
  })

  test('by its user’s “no” calls its authorization off, and a turn that waits for the same does not', async () => {
    const { id, waiter } = await started()
    expect(await waiting().isCalledOff?.(waiter)).toBe(false)
    const before = await world.redis.xlen(BINDING_NOTIFICATIONS_STREAM)
    const request = await world.ofServer.read(world.alice.ref, id)
    expect(request && (await world.ofServer.cancel(request))).toBe(true)
    expect(await world.redis.xlen(BINDING_NOTIFICATIONS_STREAM)).toBe(before + 1)
    expect(await waiting().isCalledOff?.(waiter)).toBe(true)
    expect(await waiting().isCalledOff?.(`${'c'.repeat(22)}.${'t'.repeat(11)}` as WaiterId)).toBe(false)
    await waiting().tell(waiter, completed)
    expect(await world.ofServer.read(world.alice.ref, id)).toMatchObject({ status: 'cancelled' })
  })

  test('that is gone calls nothing off', async () => {
    const { id, waiter } = await started()
    await world.redis.del(consentRequestKey(world.alice.ref, id))
    expect(await waiting().isCalledOff?.(waiter)).toBe(false)
    await waiting().tell(waiter, completed)
    expect(await world.ofServer.read(world.alice.ref, id)).toBeUndefined()
  })

  test('by its user’s “no” leaves alone what they had begun elsewhere', async () => {
    const { id } = await world.asked()
    const { run, requests, joined } = world.start({ outcome: 'too-many' }, {}, undefined, at(laptop))
    expect(await run(id, laptop)).toEqual({ outcome: 'authorization', id: at(laptop) })
    expect(requests).toEqual([])
    const request = await world.ofServer.read(world.alice.ref, id)
    expect(request && (await world.ofServer.cancel(request))).toBe(true)
    expect(await waiting().isCalledOff?.(joined[0] as WaiterId)).toBe(false)
  })

  test('a transition that the contract does not have is not made', async () => {
    const request = await world.asked()
    await expect(world.ofWorkload.change(request, { status: 'cancelled' })).rejects.toThrow('no transition')
    const records = world.records('mcp-server')
    await expect(records.change(request, { status: 'bound' })).rejects.toThrow('no transition')
  })
})
