import { type TurnId, type TurnWork, turnKey, type UserRef, type UserSessionRef } from '@agent-identity/contracts'
import { createLogger } from '@agent-identity/service-runtime'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Redis } from 'ioredis'
import type { AgentEvent } from '../agent/agent-runner.ts'
import { type RunTurnPorts, runTurn } from './run-turn.ts'
import { createTurns, type Turns } from './turns.ts'

const LEASE_MS = 15_000
const owner = 'a'.repeat(22) as UserRef
const userSession = 's'.repeat(22) as UserSessionRef
const never = new AbortController().signal
const log = createLogger({ service: 'test', level: 'silent' })

let server: TestRedis
let redis: Redis
let turns: Turns
let now = 1_900_000_000_000

beforeAll(async () => {
  server = await startTestRedis()
  redis = await server.ready()
  const turnKeys = { sealWith: 'k', keys: { k: 'k'.repeat(43) } }
  turns = createTurns({
    redis,
    turnKeys,
    ttlSeconds: 600,
    mostTurns: 200,
    storageLimits: { conversations: 100, bytes: 16_777_216 },
    leaseMs: LEASE_MS,
    clock: () => now,
    log,
  })
})
afterAll(() => server.stop())

async function asked(): Promise<TurnId> {
  const created = await turns.create({ owner, userSession, message: 'hello', requestId: 'r' })
  if (typeof created === 'string') throw new Error(created)
  return created.turnId
}

const start = (
  turnId: TurnId,
  run: RunTurnPorts['agent']['run'],
  kind: TurnWork['kind'] = 'start',
  signedIn: UserRef = owner,
  stop: AbortSignal = never,
) =>
  runTurn({ turnId, kind }, stop, {
    turns,
    sessions: { find: async () => ({ userRef: signedIn, user: { name: 'Alice' } }) },
    accessFor: () => ({}),
    permissionsFor: () => ({}),
    agent: { run },
    memoryFor: () => ({}),
    work: { enqueue: async () => {} },
    audit: () => {},
    log,
  } as unknown as RunTurnPorts)

async function* done(): AsyncGenerator<AgentEvent> {
  yield { type: 'done' }
}

const statusOf = async (turnId: TurnId) => (await turns.read(turnId))?.status

test('work whose turn another run has is not acknowledged: that run may die, and the work may be all that is left', async () => {
  const turnId = await asked()
  await turns.claim(turnId, 'start')
  expect(await start(turnId, done)).toBe('elsewhere')
  now += LEASE_MS
  expect(await start(turnId, done)).toBeUndefined()
  expect(await statusOf(turnId)).toBe('done')
  expect(await start(turnId, done)).toBeUndefined()
})

test('work that was meant to resume a turn starts it with its question: its run may have died before it stored anything', async () => {
  const turnId = await asked()
  await turns.claim(turnId, 'start')
  now += LEASE_MS
  const questions: string[] = []
  async function* asking({ message }: { message: string }): AsyncGenerator<AgentEvent> {
    questions.push(message)
    yield { type: 'done' }
  }
  expect(await start(turnId, asking, 'resume')).toBeUndefined()
  expect(questions).toEqual(['hello'])
  expect(await statusOf(turnId)).toBe('done')
})

test('a later run of a turn has the time of the question, too', async () => {
  const turnId = await asked()
  const questionedAt = now
  const times: number[] = []
  async function* run({ askedAt }: { askedAt: number }): AsyncGenerator<AgentEvent> {
    if (times.push(askedAt) === 1) throw new Error('Command timed out')
    yield { type: 'done' }
  }
  await expect(start(turnId, run)).rejects.toThrow('Command timed out')
  now += 600_000
  await start(turnId, run, 'resume')
  expect(times).toEqual([questionedAt, questionedAt])
})

test('a run that was slow and has been superseded does not take the work away from its successor', async () => {
  const turnId = await asked()
  const superseded = start(turnId, async function* () {
    now += LEASE_MS
    await turns.claim(turnId, 'start')
    yield { type: 'text', delta: 'too late' }
  })
  expect(await superseded).toBe('elsewhere')
  expect(await statusOf(turnId)).toBe('running')
})

test('a turn whose runs end their process, again and again, fails after the first and one take-over', async () => {
  const turnId = await asked()
  const begun: number[] = []
  const dies = async function* (): AsyncGenerator<AgentEvent> {
    begun.push(now)
    yield { type: 'text', delta: 'one' }
    throw new Error('Command timed out')
  }
  for (let time = 0; time < 2; time++) {
    await expect(start(turnId, dies)).rejects.toThrow('Command timed out')
    now += LEASE_MS
  }
  expect(await start(turnId, dies)).toBeUndefined()
  expect(begun).toHaveLength(2)
  expect(await statusOf(turnId)).toBe('failed')
})

test('a turn that is handed over by processes that stop does not fail, and what was counted before stays counted', async () => {
  const turnId = await asked()
  await turns.claim(turnId, 'start')
  now += LEASE_MS
  const stopping = new AbortController()
  for (let time = 0; time < 7; time++)
    await start(
      turnId,
      async function* () {
        stopping.abort()
        yield { type: 'text', delta: 'one' }
      },
      'start',
      owner,
      stopping.signal,
    )
  expect(await turns.read(turnId)).toMatchObject({ status: 'running', run: 8, takeOvers: 1, handedOver: true })
  await turns.claim(turnId, 'start')
  now += LEASE_MS
  await turns.claim(turnId, 'start')
  expect(await turns.read(turnId)).toMatchObject({ takeOvers: 2 })
})

test('a lease that a writer of Redis has ended, removed or made unreadable is no hand-over: the next run counts as a take-over', async () => {
  for (const end of ['0', undefined, 'garbage', '']) {
    const turnId = await asked()
    await turns.claim(turnId, 'start')
    if (end === undefined) await redis.hdel(turnKey(turnId), 'leaseEndsAt')
    else await redis.hset(turnKey(turnId), 'leaseEndsAt', end)
    await turns.claim(turnId, 'start')
    expect(await turns.read(turnId)).toMatchObject({ takeOvers: 1 })
  }
})

test('a turn that waited for its user has all its runs again', async () => {
  const turnId = await asked()
  await turns.claim(turnId, 'start')
  now += LEASE_MS
  await start(turnId, async function* () {
    yield { type: 'interrupted', authorizationIds: [] }
  })
  expect(await statusOf(turnId)).toBe('waiting')
  await turns.claim(turnId, 'resume')
  expect(await turns.read(turnId)).toMatchObject({ takeOvers: 0 })
})

test('a run that loses Redis does not end its turn: its work is delivered again', async () => {
  const turnId = await asked()
  const broken = start(turnId, async function* () {
    yield { type: 'text', delta: 'one' }
    throw new Error('Command timed out')
  })
  await expect(broken).rejects.toThrow('Command timed out')
  expect(await statusOf(turnId)).toBe('running')
})

test('a run does not begin when the user session is another user’s: the turn ends, and the agent is not called', async () => {
  const turnId = await asked()
  let runs = 0
  async function* counting(): AsyncGenerator<AgentEvent> {
    runs += 1
    yield { type: 'done' }
  }
  await start(turnId, counting, 'start', 'b'.repeat(22) as UserRef)
  expect(runs).toBe(0)
  expect(await statusOf(turnId)).toBe('failed')
})

describe('a turn that is too old ends without a run: a writer of Redis may have put it back.', () => {
  const MINUTE = 60_000
  const noRun = () => {
    throw new Error('The turn runs')
  }
  const suspended = async function* (): AsyncGenerator<AgentEvent> {
    yield { type: 'interrupted', authorizationIds: [] }
  }

  test.each([
    [0, 'done'],
    [1, 'failed'],
  ])('10 minutes and %i ms after its question, one that has not waited for its user: %s', async (more, status) => {
    const [queued, running] = [await asked(), await asked()]
    await turns.claim(running, 'start')
    now += 10 * MINUTE + more
    for (const turnId of [queued, running]) {
      await start(turnId, status === 'done' ? done : noRun)
      expect(await statusOf(turnId)).toBe(status)
    }
  })

  test.each([
    [0, 'done'],
    [1, 'failed'],
  ])('an hour and %i ms after its question, one that has waited: %s', async (more, status) => {
    const [waiting, running, handedOver] = [await asked(), await asked(), await asked()]
    for (const turnId of [waiting, running, handedOver]) {
      await start(turnId, suspended)
      expect(await statusOf(turnId)).toBe('waiting')
    }
    await turns.claim(running, 'resume')
    const claimed = await turns.claim(handedOver, 'resume')
    if (!claimed || claimed === 'busy') throw new Error('not claimed')
    await turns.handOver(handedOver, claimed.run, claimed.turn)
    now += 60 * MINUTE + more
    for (const turnId of [waiting, running, handedOver]) {
      await start(turnId, status === 'done' ? done : noRun, 'resume')
      expect(await statusOf(turnId)).toBe(status)
    }
  })
})
