import {
  type AuthorizationRequired,
  ConnectionId,
  type ConversationId,
  conversationKey,
  conversationTurnsKey,
  TURN_EVENTS_CHANNEL,
  type TurnId,
  turnAuthorizationsKey,
  turnEffectsKey,
  turnEventsKey,
  turnKey,
} from '@agent-identity/contracts'
import { afterAll, describe, expect, test } from '@jest/globals'
import { alice, LEASE_MS, startTurns, TURN_TTL_SECONDS, userSession } from './test-support/turns-in-redis.ts'
import type { Turns } from './turns.ts'

const { server, turns, turnsWith, redis, asked, claim, claimed, advance, stop } = await startTurns()
afterAll(stop)

const done = { event: 'done', data: {} } as const
const text = (delta: string) => ({ event: 'text', data: { delta } }) as const
const required = {
  authorizationId: `${'s'.repeat(22)}.${'i'.repeat(22)}`,
  displayName: 'GitHub',
} as AuthorizationRequired
const request = { owner: alice, userSession, message: 'hello', requestId: 'r' }

describe('a conversation', () => {
  async function ask(limited: Turns, conversationId?: ConversationId) {
    const created = await limited.create({ ...request, conversationId })
    if (typeof created === 'string') return created
    const run = await claim(created.turnId, 'start')
    await turns.end(created.turnId, run, 'done', [done])
    return created
  }
  async function outcomes(limited: Turns, questions: number) {
    const heard: string[] = []
    let conversationId: ConversationId | undefined
    for (let n = 0; n < questions; n++) {
      const created = await ask(limited, conversationId)
      if (typeof created !== 'string') conversationId = created.conversationId
      heard.push(typeof created === 'string' ? created : 'asked')
    }
    return heard
  }
  test('has as many turns as its limit says', async () => {
    const limited = turnsWith({ mostTurns: 2 })
    expect(await outcomes(limited, 4)).toEqual(['asked', 'asked', 'full', 'full'])
  })

  test('that is erased while a question to it arrives is not written again', async () => {
    const { conversationId } = (await ask(turns)) as { conversationId: ConversationId }
    const racing = Object.assign(Object.create(redis), {
      async hget(key: string, field: string) {
        const found = await redis.hget(key, field)
        await redis.del(conversationKey(conversationId), conversationTurnsKey(conversationId))
        return found
      },
    })
    expect(await turnsWith({ redis: racing }).create({ ...request, conversationId })).toBe('not-found')
    expect(await redis.exists(conversationKey(conversationId), conversationTurnsKey(conversationId))).toBe(0)
  })

  test('that is erased while its turn runs is not written again by the end of that', async () => {
    const { conversationId, turnId, run } = await claimed()
    await redis.del(conversationKey(conversationId))
    await turns.end(turnId, run, 'done', [done])
    expect(await redis.exists(conversationKey(conversationId))).toBe(0)
  })
})

describe('lives as long as the turn:', () => {
  const connection = ConnectionId.parse('b'.repeat(11))
  async function expectLifetime(...keys: string[]) {
    for (const key of keys) {
      expect(await redis.pttl(key)).toBeGreaterThan((TURN_TTL_SECONDS - 300) * 1_000)
      expect(await redis.pttl(key)).toBeLessThanOrEqual(TURN_TTL_SECONDS * 1_000)
    }
  }

  test('the turn, its conversation, and the list of its turns', async () => {
    const { conversationId, turnId } = await asked()
    await expectLifetime(conversationKey(conversationId), turnKey(turnId), conversationTurnsKey(conversationId))
  })

  test('an event that happened', async () => {
    const { turnId, run } = await claimed()
    await turns.append(turnId, text('first'), run)
    await expectLifetime(turnEventsKey(turnId))
  })

  test('the events of its end', async () => {
    const { turnId, run } = await claimed()
    await turns.end(turnId, run, 'done', [done])
    await expectLifetime(turnEventsKey(turnId))
  })

  test('what it has asked for, and that it has', async () => {
    const { turnId, run } = await claimed()
    await turns.asked(turnId, run).announce('github repo', required)
    await expectLifetime(turnEventsKey(turnId), turnAuthorizationsKey(turnId))
  })

  test('the account that it uses', async () => {
    const { turnId, run } = await claimed()
    await turns.asked(turnId, run).keepAccount('github', connection)
    await expectLifetime(turnAuthorizationsKey(turnId))
  })

  test('what it has changed at a vendor, and an outcome alone is not written', async () => {
    const { turnId, run } = await claimed()
    await turns.effects(turnId, run).intend('e', 5)
    await expectLifetime(turnEffectsKey(turnId))
    await redis.del(turnEffectsKey(turnId))
    await turns.effects(turnId, run).recordOutcome('e', 'done')
    expect(await redis.exists(turnEffectsKey(turnId))).toBe(0)
  })
})

describe('the replicas hear of a turn', () => {
  async function listen() {
    const subscriber = await server.ready()
    const heard: string[] = []
    subscriber.on('message', (_channel, turnId) => heard.push(turnId))
    await subscriber.subscribe(TURN_EVENTS_CHANNEL)
    return async () => {
      await subscriber.ping()
      return heard.splice(0)
    }
  }

  test.each<[string, (turnId: TurnId, run: Awaited<ReturnType<typeof claim>>) => Promise<unknown>]>([
    ['an event', (turnId, run) => turns.append(turnId, text('first'), run)],
    ['an authorization', (turnId, run) => turns.asked(turnId, run).announce('github repo', required)],
    ['its end', (turnId, run) => turns.end(turnId, run, 'done', [done])],
  ])('that has %s, once', async (_what, happens) => {
    const { turnId, run } = await claimed()
    const heard = await listen()
    await happens(turnId, run)
    expect(await heard()).toEqual([turnId])
  })

  test('whose dead run has left events, and not of one that left none', async () => {
    const [one, other] = [await claimed(), await claimed()]
    await turns.append(one.turnId, text('lost'), one.run)
    const heard = await listen()
    advance(LEASE_MS)
    for (const { turnId } of [one, other]) await claim(turnId, 'start')
    expect(await heard()).toEqual([one.turnId])
  })
})

describe('a run that takes over from a dead one', () => {
  test('knows what was settled before it began', async () => {
    const { turnId } = await claimed()
    expect(await turns.claim(turnId, 'resume')).toBe('busy')
    advance(LEASE_MS)
    expect(await turns.suspend(turnId, await claim(turnId, 'resume'))).toBe('suspended')
  })

  test('leaves valid what the dead one had said before it checked once more', async () => {
    const { turnId, run } = await claimed()
    await turns.append(turnId, text('kept'), run)
    const [kept] = await turns.eventsAfter(turnId, '0-0')
    await turns.claim(turnId, 'resume')
    expect(await turns.suspend(turnId, run)).toBe('again')
    await turns.append(turnId, text('lost'), run)
    advance(LEASE_MS)
    await claim(turnId, 'start')
    expect((await turns.eventsAfter(turnId, '0-0')).at(-1)?.data).toBe(JSON.stringify({ after: kept?.id }))
  })

  test('does not void what happened before the run began', async () => {
    const { turnId } = await asked()
    await turns.append(turnId, text('before'))
    await claim(turnId, 'start')
    advance(LEASE_MS)
    await claim(turnId, 'start')
    expect((await turns.eventsAfter(turnId, '0-0')).map(({ event }) => event)).toEqual(['text'])
  })
})

test('nothing happens to a turn that is gone', async () => {
  const { turnId } = await asked()
  await redis.del(turnKey(turnId))
  await turns.append(turnId, text('late'))
  expect(await redis.exists(turnEventsKey(turnId))).toBe(0)
})
