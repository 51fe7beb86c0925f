import {
  type AuthorizationId,
  BINDING_NOTIFICATIONS_STREAM,
  CONSENT_REQUEST_SETTLED_CHANNEL,
  CONSENT_REQUESTS_PER_USER,
  type ConnectionRecord,
  type ConsentRequest,
  type ConsentRequestId,
  consentRequestIndexKey,
  consentRequestKey,
  type PendingAuthorization,
  type TurnEvent,
  type UserRef,
  type UserSessionRef,
  type WaiterId,
} from '@agent-identity/contracts'
import { createLogger, randomToken } from '@agent-identity/service-runtime'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { Redis } from 'ioredis'
import type { AccessOutcome, AccessRequest } from '../request-authorization.ts'
import { connectionRecord } from '../test-support/connection.ts'
import { type ConsentRequests, createConsentRequests } from './ask-for-consent.ts'
import { type ConsentRequestRecords, createConsentRequestRecords } from './consent-request-records.ts'
import { startConsentRequest } from './start-consent-request.ts'
import { waiterOf, waitingConsentRequests } from './waiting-consent-requests.ts'

const connectionKeys = { sealWith: 'k', keys: { k: 'k'.repeat(43) } }
const log = createLogger({ service: 'test', level: 'silent' })

let server: TestRedis
let redis: Redis
let ofServer: ConsentRequests
let ofWorkload: ConsentRequestRecords
let now = 1_900_000_000_000
let alice: UserRef

beforeAll(async () => {
  server = await startTestRedis()
  redis = server.connect()
  await new Promise((resolve) => redis.once('ready', resolve))
  const records = (service: 'mcp-server' | 'agent-workload') =>
    createConsentRequestRecords({ redis, connectionKeys, service, log })
  ofServer = createConsentRequests({ redis, records: records('mcp-server'), clock: () => now })
  ofWorkload = records('agent-workload')
})
afterAll(() => server.stop())
beforeEach(() => {
  alice = randomToken(16) as UserRef
})

const need = (changes: Partial<ConsentRequest> = {}) => ({
  owner: alice,
  clientId: 'https://client.example/metadata.json',
  provider: 'google-calendar',
  displayName: 'Google Calendar',
  scopes: 'calendar.readonly',
  forceAuthentication: false,
  correlationId: 'first-call',
  ...changes,
})

async function asked(changes: Partial<ConsentRequest> = {}): Promise<ConsentRequest> {
  const answer = await ofServer.ask(need(changes))
  if (answer.outcome !== 'asked') throw new Error(answer.outcome)
  return answer.request
}

describe('asking', () => {
  test('once for the same need of the same client, and again when it has expired', async () => {
    const first = await asked()
    expect((await asked()).id).toBe(first.id)
    for (const other of [{ clientId: 'another' }, { scopes: 'calendar.events' }, { forceAuthentication: true }])
      expect((await asked(other)).id).not.toBe(first.id)
    now += 601_000
    expect((await asked()).id).not.toBe(first.id)
  })

  test('does not go on without end', async () => {
    for (let n = 0; n < CONSENT_REQUESTS_PER_USER; n++) await asked({ clientId: `client-${n}` })
    expect(await ofServer.ask(need({ clientId: 'one more' }))).toEqual({ outcome: 'too-many' })
    expect((await asked({ clientId: 'client-0' })).status).toBe('open')
  })

  test('an index that names another need is not believed', async () => {
    const calendar = await asked()
    const entry = `${calendar.id} ${calendar.expiresAt}`
    const github = await asked({ provider: 'github', displayName: 'GitHub', scopes: 'repo' })
    const index = consentRequestIndexKey(alice)
    for (const field of await redis.hkeys(index)) await redis.hset(index, field, entry)
    await expect(ofServer.ask(need({ provider: 'github', scopes: 'repo' }))).rejects.toThrow('something else')
    expect(await ofServer.read(alice, github.id)).toMatchObject({ status: 'open' })
  })

  test('another user’s record does not open under a name of one’s own, and is found by its owner still', async () => {
    const { id } = await asked()
    const bob = randomToken(16) as UserRef
    await redis.copy(consentRequestKey(alice, id), consentRequestKey(bob, id))
    expect(await ofServer.read(bob, id)).toBeUndefined()
    expect(await ofWorkload.read(bob, id)).toBeUndefined()
    expect(await ofWorkload.read(alice, id)).toMatchObject({ owner: alice })
  })
})

/** A user session of alice, and what AgentCore and the pending authorizations answer there. */
function start(
  answer: AccessOutcome,
  records: Partial<Record<AuthorizationId, Partial<PendingAuthorization>>> = {},
  connection?: ConnectionRecord | ConnectionRecord[],
  active?: AuthorizationId,
) {
  /** What is read, one after the other; the last one again and again. */
  const connections = [connection].flat()
  const requests: AccessRequest[] = []
  const marked: string[] = []
  const joined: string[] = []
  return {
    requests,
    marked,
    joined,
    run: (id: ConsentRequestId, ref: string, userRef: UserRef = alice) =>
      startConsentRequest(
        id,
        { ref: ref as UserSessionRef, userRef, requestId: 'start' },
        {
          consentRequests: ofWorkload,
          authorizations: {
            read: async (authorization) => records[authorization] as PendingAuthorization | undefined,
            findActive: async () => active,
            async join(authorization, waiter) {
              joined.push(waiter)
              return records[authorization]?.status === 'bound' ? 'bound' : 'waiting'
            },
          },
          async requestAccess(request) {
            requests.push(request)
            return answer
          },
          connections: {
            find: async () => (connections.length > 1 ? connections.shift() : connections[0]),
            needsReauthorization: async (user, provider) => void marked.push(`${user} ${provider}`),
          },
          clock: () => now,
        },
      ),
  }
}

const laptop = 'l'.repeat(22)
const phone = 'p'.repeat(22)
const at = (ref: string) => `${ref}.${'i'.repeat(22)}` as AuthorizationId
const required = (ref: string) => ({ outcome: 'authorization-required', authorizationId: at(ref) }) as const

describe('the start', () => {
  test('makes an authorization of the user session that opens it, with the scopes that were asked for', async () => {
    const { id } = await asked()
    const story = start(required(laptop))
    expect(await story.run(id, laptop)).toEqual({ outcome: 'authorization', id: at(laptop) })
    expect(story.requests).toEqual([
      {
        userSession: laptop,
        user: alice,
        provider: 'google-calendar',
        scopes: ['calendar.readonly'],
        forceAuthentication: false,
        requestId: 'start',
        consentRequestId: id,
      },
    ])
    expect(story.joined).toEqual([waiterOf(alice, id)])
    expect(await ofServer.read(alice, id)).toMatchObject({ status: 'started', authorizationId: at(laptop) })
  })

  test('after its user has disconnected starts over, whatever the token vault has', async () => {
    const { id } = await asked()
    const latched = { status: 'disconnected', generation: 1, disconnectedAt: 5, ended: ['calendar.readonly'] } as const
    const story = start(required(laptop), {}, connectionRecord({ ...latched, ended: [...latched.ended] }))
    await story.run(id, laptop)
    expect(story.requests).toMatchObject([
      { forceAuthentication: true, connection: { generation: 1, disconnectedAt: 5 } },
    ])
    expect(story.marked).toEqual([])
  })

  test('does not start over when an authorization is settled after the connection was first read', async () => {
    const { id } = await asked()
    const latched = connectionRecord({ status: 'disconnected', generation: 1 })
    const story = start(required(laptop), {}, [latched, connectionRecord({ status: 'connected', generation: 1 })])
    await story.run(id, laptop)
    expect(story.requests).toMatchObject([{ forceAuthentication: false, connection: { generation: 1 } }])
  })

  test('does nothing for another user, and the rightful one can start it then', async () => {
    const { id } = await asked()
    const story = start(required(phone))
    expect(await story.run(id, phone, randomToken(16) as UserRef)).toEqual({ outcome: 'unknown' })
    expect(story.requests).toEqual([])
    expect(await start(required(laptop)).run(id, laptop)).toMatchObject({ outcome: 'authorization' })
  })

  test('does nothing when its time is over, or its user has declined it', async () => {
    const over = await asked()
    now += 600_000
    const story = start(required(laptop))
    expect(await story.run(over.id, laptop)).toEqual({ outcome: 'settled' })
    const declined = await asked()
    expect(await ofServer.cancel(declined)).toBe(true)
    expect(await story.run(declined.id, laptop)).toEqual({ outcome: 'settled' })
    expect(story.requests).toEqual([])
  })

  test('goes on with its authorization in the same user session, and requests another one when that is lost or in another user session', async () => {
    const { id } = await asked()
    const pending = { status: 'pending', expiresAt: now + 1_000 } as const
    await start(required(laptop)).run(id, laptop)
    const again = start(required(laptop), { [at(laptop)]: pending })
    expect(await again.run(id, laptop)).toEqual({ outcome: 'authorization', id: at(laptop) })
    expect(again.requests).toEqual([])

    const elsewhere = start(required(phone), { [at(laptop)]: pending })
    expect(await elsewhere.run(id, phone)).toEqual({ outcome: 'authorization', id: at(phone) })
    // Signed out there: the record is gone.
    const lost = start(required(laptop))
    expect(await lost.run(id, laptop)).toEqual({ outcome: 'authorization', id: at(laptop) })
    expect([elsewhere.requests.length, lost.requests.length]).toEqual([1, 1])
    const underWay = start(required(laptop), { [at(laptop)]: { ...pending, status: 'binding' } })
    expect(await underWay.run(id, phone)).toEqual({ outcome: 'settled' })
  })

  test('ends it where AgentCore has a token already, and starts over where the vendor has rejected one', async () => {
    const { id } = await asked()
    const story = start({ outcome: 'token', accessToken: 'not shown' })
    expect(await story.run(id, laptop)).toEqual({ outcome: 'connected' })
    expect(await ofServer.read(alice, id)).toMatchObject({ status: 'bound' })
    const over = await asked({ forceAuthentication: true })
    const restarted = start(required(laptop))
    await restarted.run(over.id, laptop)
    expect(restarted.requests[0]).toMatchObject({ forceAuthentication: true })
    expect(restarted.marked).toEqual([`${alice} google-calendar`])
  })
})

describe('its end', () => {
  const told: string[] = []
  const others = {
    isOf: async () => false,
    tell: async (waiter: string) => void told.push(waiter),
    resume: async (waiter: string) => void told.push(waiter),
  }
  const waiting = () => waitingConsentRequests(ofWorkload, others)
  const failed = (code: 'denied' | 'expired') =>
    ({ event: 'authorization_failed', data: { authorizationId: at(laptop), code } }) as TurnEvent
  const completed = { event: 'authorization_completed', data: { authorizationId: at(laptop) } } as TurnEvent

  async function started() {
    const { id } = await asked({ clientId: randomToken(8) })
    await start(required(laptop)).run(id, laptop)
    return { id, waiter: waiterOf(alice, id) }
  }

  test.each([
    ['bound', completed, { status: 'bound' }],
    ['denied', failed('denied'), { status: 'failed', code: 'denied' }],
    ['out of time, when it may be opened again', failed('expired'), { status: 'open' }],
  ] as const)('is that of its authorization: %s', async (_what, event, end) => {
    const { id, waiter } = await started()
    const heard: string[] = []
    const subscriber = server.connect()
    await new Promise((resolve) => subscriber.once('ready', resolve))
    await subscriber.subscribe(CONSENT_REQUEST_SETTLED_CHANNEL)
    subscriber.on('message', (_channel, message) => heard.push(message))
    await waiting().tell(waiter, event)
    await waiting().resume(waiter)
    expect(await ofServer.read(alice, id)).toMatchObject(end)
    await subscriber.ping()
    expect(heard).toEqual(end.status === 'open' ? [] : [id])
    expect(told).toEqual([])
  })

  test('is not that of another authorization, nor told to another user’s', async () => {
    const { id, waiter } = await started()
    const event = { event: 'authorization_completed', data: { authorizationId: at(phone) } } as TurnEvent
    await waiting().tell(waiter, event)
    expect(await ofServer.read(alice, id)).toMatchObject({ status: 'started' })
    const userSession = laptop as UserSessionRef
    expect(await waiting().isOf(waiter, { owner: alice, userSession })).toBe(true)
    expect(await waiting().isOf(waiter, { owner: 'b'.repeat(22) as UserRef, userSession })).toBe(false)
  })

  test('by its user’s no calls its authorization off, and a turn that waits for the same does not', async () => {
    const { id, waiter } = await started()
    expect(await waiting().isCalledOff?.(waiter)).toBe(false)
    const before = await redis.xlen(BINDING_NOTIFICATIONS_STREAM)
    const request = await ofServer.read(alice, id)
    expect(request && (await ofServer.cancel(request))).toBe(true)
    expect(await redis.xlen(BINDING_NOTIFICATIONS_STREAM)).toBe(before + 1)
    expect(await waiting().isCalledOff?.(waiter)).toBe(true)
    expect(await waiting().isCalledOff?.(`${'c'.repeat(22)}.${'t'.repeat(11)}` as WaiterId)).toBe(false)
    await waiting().tell(waiter, completed)
    expect(await ofServer.read(alice, id)).toMatchObject({ status: 'cancelled' })
  })

  test('by its user’s no leaves alone what they had begun elsewhere', async () => {
    const { id } = await asked()
    const { run, requests, joined } = start({ outcome: 'too-many' }, {}, undefined, at(laptop))
    expect(await run(id, laptop)).toEqual({ outcome: 'authorization', id: at(laptop) })
    expect(requests).toEqual([])
    const request = await ofServer.read(alice, id)
    expect(request && (await ofServer.cancel(request))).toBe(true)
    expect(await waiting().isCalledOff?.(joined[0] as WaiterId)).toBe(false)
  })

  test('a transition that the contract does not have is not made', async () => {
    const request = await asked()
    await expect(ofWorkload.change(request, { status: 'cancelled' })).rejects.toThrow('no transition')
    const records = createConsentRequestRecords({ redis, connectionKeys, service: 'mcp-server', log })
    await expect(records.change(request, { status: 'bound' })).rejects.toThrow('no transition')
  })
})
