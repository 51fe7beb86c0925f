import {
  type ConfirmationId,
  TURN_EVENTS_CHANNEL,
  turnConfirmationsKey,
  turnEventsKey,
} from '@agent-identity/contracts'
import { createLogger } from '@agent-identity/service-runtime'
import { afterAll, expect, test } from '@jest/globals'
import { startTurns, TURN_TTL_SECONDS, userSession } from '../turns/test-support/turns-in-redis.ts'
import { createConfirmations } from './confirmations.ts'

const { server, turns, redis, claimed, stop } = await startTurns()
afterAll(stop)

let now = 1_900_000_000_000
const confirmationsWith = (over: typeof redis) =>
  createConfirmations({
    redis: over,
    turnKeys: { sealWith: 'k', keys: { k: 'k'.repeat(43) } },
    ttlSeconds: 60,
    turnTtlSeconds: TURN_TTL_SECONDS,
    clock: () => now,
    log: createLogger({ service: 'test', level: 'silent' }),
  })
const confirmations = confirmationsWith(redis)
const call = (letter: string) => ({
  call: { effect: letter.repeat(64), tool: 'open_issue', provider: 'github' as const },
  shown: { tool: 'open_issue', displayName: 'GitHub', details: [] },
})

test('a question lives as long as its turn, and the replicas hear of it', async () => {
  const { turnId, run } = await claimed()
  const subscriber = await server.ready()
  const heard: string[] = []
  subscriber.on('message', (_channel, id) => heard.push(id))
  await subscriber.subscribe(TURN_EVENTS_CHANNEL)
  await confirmations.ask({ turnId, run, userSession }, [call('b')], 0)
  await subscriber.ping()
  expect(heard).toEqual([turnId])
  for (const key of [turnConfirmationsKey(turnId), turnEventsKey(turnId)]) {
    expect(await redis.pttl(key)).toBeGreaterThan((TURN_TTL_SECONDS - 300) * 1_000)
    expect(await redis.pttl(key)).toBeLessThanOrEqual(TURN_TTL_SECONDS * 1_000)
  }
})

test('a question that its user answers while it is being replaced stays answered, and no other one is asked', async () => {
  const { turnId, run } = await claimed()
  const asking = { turnId, run, userSession }
  const first = (await confirmations.ask(asking, [call('b')], 0)) as ConfirmationId
  const racing = Object.assign(Object.create(redis), {
    async evalsha(...of: Parameters<typeof redis.evalsha>) {
      await confirmations.end(first, 'confirmed')
      return redis.evalsha(...of)
    },
  })
  expect(await confirmationsWith(racing).ask(asking, [call('c')], 0)).toBeUndefined()
  expect(await confirmations.decisionOn(turnId, 'b'.repeat(64))).toBe('confirmed')
  expect((await turns.eventsAfter(turnId, '0-0')).map(({ event }) => event)).toEqual(['confirmation_required'])
  expect(Object.keys(await redis.hgetall(turnConfirmationsKey(turnId)))).toHaveLength(2)
})

test.each(['confirmed', 'declined', 'expired'] as const)(
  'a question that was %s after the calls found no answer is not asked again',
  async (decision) => {
    const { turnId, run } = await claimed()
    const asking = { turnId, run, userSession }
    const first = (await confirmations.ask(asking, [call('b')], 0)) as ConfirmationId
    expect(await confirmations.decisionOn(turnId, 'b'.repeat(64))).toBe('none')
    // An overdue question is over, also before it is settled.
    if (decision === 'expired') now += 60_000
    else await confirmations.end(first, decision)
    expect(await confirmations.ask(asking, [call('b'), call('c')], 0)).toBeUndefined()
    expect(await confirmations.decisionOn(turnId, 'b'.repeat(64))).toBe(decision)
    expect((await turns.eventsAfter(turnId, '0-0')).map(({ event }) => event)).toEqual(['confirmation_required'])
    expect(Object.keys(await redis.hgetall(turnConfirmationsKey(turnId)))).toHaveLength(2)
  },
)
