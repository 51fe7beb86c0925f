import {
  CONFIRMATION_EXPIRIES_KEY,
  type ConfirmationId,
  confirmationField,
  confirmingTurnsKey,
  LOOK_AFTER_CHANGE_MS,
  type TurnEvent,
  type TurnId,
  type TurnWork,
  turnConfirmationsKey,
  type UserRef,
  type UserSessionRef,
} from '@agent-identity/contracts'
import { createLogger } from '@agent-identity/service-runtime'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { Redis } from 'ioredis'
import { type Run, SupersededError } from '../turns/run.ts'
import { createTurns, type Turns } from '../turns/turns.ts'
import { type Confirmations, createConfirmations } from './confirmations.ts'
import { createConfirming } from './index.ts'
import { settleConfirmation } from './settle-confirmation.ts'

const TTL_MS = 600_000
const owner = 'a'.repeat(22) as UserRef
const userSession = 's'.repeat(22) as UserSessionRef
const turnKeys = { sealWith: 'k', keys: { k: 'k'.repeat(43) } }
const log = createLogger({ service: 'test', level: 'silent' })
const effect = (letter: string) => letter.repeat(64)
const call = (letter: string) => ({
  call: { effect: effect(letter), tool: 'open_issue', provider: 'github' as const },
  shown: { tool: 'open_issue', displayName: 'GitHub', details: [{ name: 'title', value: `heron ${letter}` }] },
})

let server: TestRedis
let redis: Redis
let turns: Turns
let confirmations: Confirmations
let now = 1_900_000_000_000
let turnId: TurnId
let run: Run

beforeAll(async () => {
  server = await startTestRedis()
  redis = await server.ready()
  const clock = () => now
  turns = createTurns({
    redis,
    turnKeys,
    ttlSeconds: 3_600,
    mostTurns: 200,
    storageLimits: { conversations: 100, bytes: 16_777_216 },
    leaseMs: 15_000,
    clock,
    log,
  })
  confirmations = createConfirmations({
    redis,
    turnKeys,
    ttlSeconds: TTL_MS / 1_000,
    turnTtlSeconds: 3_600,
    clock,
    log,
  })
})
afterAll(() => server.stop())
beforeEach(async () => {
  const created = await turns.create({ owner, userSession, message: 'hello', requestId: 'r' })
  if (typeof created === 'string') throw new Error(created)
  turnId = created.turnId
  const claimed = await turns.claim(turnId, 'start')
  if (typeof claimed !== 'object') throw new Error('not claimed')
  run = claimed.run
})

async function asked(...letters: string[]): Promise<ConfirmationId> {
  const id = await confirmations.ask({ turnId, run, userSession }, letters.map(call), 5)
  if (!id) throw new Error('not asked')
  return id
}
const decisionOn = (letter: string) => confirmations.decisionOn(turnId, effect(letter))
const statusOf = async (id: ConfirmationId) => (await confirmations.read(id))?.status
const eventsOf = async () =>
  (await turns.eventsAfter(turnId, '0-0')).map(({ event, data }) => ({ event, data: JSON.parse(data) }))

describe('a confirmation', () => {
  test('is asked once for the same calls, describes them to the browser, and stores nothing in the clear', async () => {
    const id = await asked('b', 'c')
    expect(await confirmations.ask({ turnId, run, userSession }, [call('c'), call('b')], 5)).toBeUndefined()
    const data = {
      confirmationId: id,
      calls: [call('b').shown, call('c').shown],
      begun: 5,
      expiresAt: expect.anything(),
    }
    expect(await eventsOf()).toEqual([{ event: 'confirmation_required', data }])
    const dump = JSON.stringify(await redis.hgetall(turnConfirmationsKey(turnId)))
    expect(dump).not.toMatch(/heron|open_issue|pending|bbbb/)
  })

  test('is valid for exactly the shown calls', async () => {
    const id = await asked('b')
    expect(await decisionOn('b')).toBe('none')
    expect(await confirmations.end(id, 'confirmed')).toMatchObject({ id, status: 'confirmed' })
    expect([await decisionOn('b'), await decisionOn('c')]).toEqual(['confirmed', 'none'])
  })

  test.each([
    ['confirmed', 'declined'],
    ['declined', 'confirmed'],
  ] as const)('that was %s cannot be %s, nor expire', async (first, second) => {
    const id = await asked('b')
    await confirmations.end(id, first)
    now += TTL_MS
    for (const again of [first, second, 'expired'] as const) expect(await confirmations.end(id, again)).toBeUndefined()
    expect(await statusOf(id)).toBe(first)
  })

  test('is answered once when two answers arrive at the same time', async () => {
    const id = await asked('b')
    const answers = await Promise.all([confirmations.end(id, 'confirmed'), confirmations.end(id, 'declined')])
    expect(answers.filter((answer) => answer !== undefined)).toHaveLength(1)
  })

  test('expires at its time and not before', async () => {
    const id = await asked('b')
    now += TTL_MS - 1
    expect(await confirmations.end(id, 'expired')).toBeUndefined()
    expect(await decisionOn('b')).toBe('none')
    now += 1
    expect(await confirmations.end(id, 'confirmed')).toBeUndefined()
    expect(await decisionOn('b')).toBe('expired')
    expect(await confirmations.end(id, 'expired')).toMatchObject({ status: 'expired' })
  })

  test.each(['declined', 'expired'] as const)('after one was %s the turn asks no further question', async (outcome) => {
    const first = await asked('b')
    await confirmations.end(first, 'confirmed')
    const second = await asked('c')
    if (outcome === 'expired') now += TTL_MS
    await confirmations.end(second, outcome)
    expect(await Promise.all(['b', 'c', 'd'].map(decisionOn))).toEqual(['confirmed', outcome, outcome])
  })

  test('replaces the previous one, which cannot be answered any more', async () => {
    const first = await asked('b')
    const second = await asked('b', 'c')
    expect(await confirmations.end(first, 'confirmed')).toBeUndefined()
    expect([await statusOf(first), await decisionOn('b')]).toEqual(['withdrawn', 'none'])
    await confirmations.end(second, 'confirmed')
    expect(await decisionOn('b')).toBe('confirmed')
  })

  test('can be asked only by the run that has the turn', async () => {
    now += 15_000
    await turns.claim(turnId, 'start')
    await expect(asked('b')).rejects.toThrow(SupersededError)
    expect(await redis.hgetall(turnConfirmationsKey(turnId))).toEqual({})
  })

  test('opens only in its own place', async () => {
    const id = await asked('b')
    await confirmations.end(id, 'confirmed')
    const other = await asked('c')
    const key = turnConfirmationsKey(turnId)
    for (const part of ['facts', 'progress'] as const) {
      const before = (await redis.hget(key, confirmationField(other, part))) ?? ''
      await redis.hset(key, confirmationField(other, part), (await redis.hget(key, confirmationField(id, part))) ?? '')
      expect([await confirmations.read(other), await decisionOn('c')]).toEqual([undefined, 'none'])
      await redis.hset(key, confirmationField(other, part), before)
    }
    expect(await statusOf(other)).toBe('pending')
  })
})

describe('settling a confirmation', () => {
  const told: TurnEvent[] = []
  const resumed: TurnId[] = []
  const audited: string[] = []
  const settle = (id: ConfirmationId) =>
    settleConfirmation(id, {
      confirmations,
      turns: {
        read: turns.read,
        tell: async (_id, event) => void told.push(event),
        resume: async (id) => void resumed.push(id),
      },
      audit: ({ event }) => void audited.push(event),
      clock: () => now,
    })
  beforeEach(() => {
    for (const list of [told, resumed, audited]) list.length = 0
  })

  test('does nothing while it is open, and returns the time of the next check', async () => {
    const id = await asked('b')
    expect(await settle(id)).toEqual({ later: now + TTL_MS })
    expect([told, resumed, audited]).toEqual([[], [], []])
  })

  test('ends an expired one, writes that into its turn, and resumes it', async () => {
    const id = await asked('b')
    now += TTL_MS
    expect(await settle(id)).toBe('settled')
    expect(told).toEqual([{ event: 'confirmation_settled', data: { confirmationId: id, outcome: 'expired' } }])
    expect([resumed, audited]).toEqual([[turnId], ['confirmation_expired']])
    expect(await redis.zscore(CONFIRMATION_EXPIRIES_KEY, id)).toBeNull()
  })

  test('completes the work of a process that died after the answer', async () => {
    const id = await asked('b')
    await confirmations.end(id, 'confirmed')
    expect(Number(await redis.zscore(CONFIRMATION_EXPIRIES_KEY, id))).toBe(now + LOOK_AFTER_CHANGE_MS)
    await settle(id)
    expect([resumed, audited]).toEqual([[turnId], []])
  })

  test.each(['withdrawn', 'of a turn that has ended', 'gone'])('resumes no turn for one that is %s', async (what) => {
    const id = await asked('b')
    if (what === 'withdrawn') await asked('c')
    else if (what === 'gone') await redis.del(turnConfirmationsKey(turnId))
    else {
      await confirmations.end(id, 'confirmed')
      await turns.end(turnId, run, 'done', [{ event: 'done', data: {} }])
    }
    expect(await settle(id)).toBe('settled')
    expect([told, resumed]).toEqual([[], []])
    expect(await redis.zscore(CONFIRMATION_EXPIRIES_KEY, id)).toBeNull()
  })
})

test('a sign-out resumes the turns that wait, once; one that fails can be repeated', async () => {
  const resumed: TurnWork[] = []
  let away = true
  const enqueue = async (work: TurnWork) => {
    if (away) throw new Error('away')
    resumed.push(work)
  }
  const { signOut } = createConfirming({ confirmations, work: { enqueue } } as Parameters<typeof createConfirming>[0])
  await redis.del(confirmingTurnsKey(userSession))
  await asked('b')
  await expect(signOut(userSession)).rejects.toThrow('away')
  away = false
  for (let n = 0; n < 2; n++) await signOut(userSession)
  expect(resumed).toEqual([{ turnId, kind: 'resume' }])
  expect(await redis.exists(confirmingTurnsKey(userSession))).toBe(0)
})
