import {
  type AuthorizationRequired,
  ConnectionId,
  ConversationId,
  type TurnId,
  turnKey,
  type UserRef,
} from '@agent-identity/contracts'
import { afterAll, describe, expect, test } from '@jest/globals'
import { SupersededError } from './run.ts'
import { alice, LEASE_MS, startTurns, userSession } from './test-support/turns-in-redis.ts'

const bob = 'b'.repeat(22) as UserRef
const done = { event: 'done', data: {} } as const
const text = (delta: string) => ({ event: 'text', data: { delta } }) as const

const { turns, redis, asked, claim, claimed, advance, stop } = await startTurns()
afterAll(stop)

const eventsOf = async (turnId: TurnId) =>
  (await turns.eventsAfter(turnId, '0-0')).map(({ event, data }) => `${event} ${data}`)

describe('a conversation', () => {
  test('accepts no message of another user, and none of an unknown conversation', async () => {
    const { conversationId } = await asked()
    const request = { userSession, message: 'x', requestId: 'r' }
    expect(await turns.create({ ...request, owner: bob, conversationId })).toBe('not-found')
    expect(await turns.create({ ...request, owner: bob, conversationId: ConversationId.parse('z'.repeat(22)) })).toBe(
      'not-found',
    )
    expect(await turns.list(conversationId, bob)).toBeUndefined()
    expect((await turns.list(conversationId, alice))?.turns).toHaveLength(1)
  })

  test('treats a repeated request as the same, at any later time; another message, or user, is another request', async () => {
    const request = { owner: alice, userSession, message: 'x', requestId: 'r', idempotencyKey: 'k'.repeat(16) }
    const first = await turns.create(request)
    if (typeof first === 'string') throw new Error(first)
    expect(await turns.create(request)).toEqual(first)
    const run = await claim(first.turnId, 'start')
    expect(await turns.create(request)).toEqual(first)
    await turns.end(first.turnId, run, 'done', [done])
    expect(await turns.create(request)).toEqual(first)
    expect((await turns.read(first.turnId))?.status).toBe('done')
    expect((await turns.list(first.conversationId, alice))?.turns).toHaveLength(1)

    const others = [
      { ...request, message: 'y' },
      { ...request, owner: bob },
      { ...request, idempotencyKey: undefined },
    ]
    for (const other of others) expect(await turns.create(other)).not.toEqual(first)
    const { conversationId } = first
    const second = await turns.create({ ...request, conversationId })
    expect(second).not.toEqual(first)
    expect(await turns.create({ ...request, conversationId })).toEqual(second)
    expect((await turns.list(conversationId, alice))?.turns).toHaveLength(2)
  })

  test('accepts one turn at a time, also when many arrive at once', async () => {
    const { conversationId, turnId, run } = await claimed()
    expect(await turns.create({ owner: alice, userSession, message: 'x', requestId: 'r', conversationId })).toBe('busy')
    await turns.end(turnId, run, 'done', [done])
    const results = await Promise.all(
      Array.from({ length: 8 }, () =>
        turns.create({ owner: alice, userSession, message: 'x', requestId: 'r', conversationId }),
      ),
    )
    expect(results.filter((result) => typeof result === 'object')).toHaveLength(1)
  })

  test('keeps no message in the clear', async () => {
    const { turnId } = await asked()
    expect(JSON.stringify(await redis.hgetall(turnKey(turnId)))).not.toContain('hello')
    expect((await turns.read(turnId))?.message).toBe('hello')
  })
})

describe('a turn', () => {
  test('is claimed once when many try', async () => {
    const { turnId } = await asked()
    const runs = await Promise.all(Array.from({ length: 8 }, () => turns.claim(turnId, 'start')))
    expect(runs.filter((run) => run !== 'busy')).toMatchObject([{ run: { number: 1 }, turn: { owner: alice } }])
  })

  test('is not started again when it waits, and not resumed before it started', async () => {
    const { turnId } = await asked()
    expect(await turns.claim(turnId, 'resume')).toBeUndefined()
    const run = await claim(turnId, 'start')
    expect(await turns.suspend(turnId, run)).toBe('suspended')
    expect(await turns.claim(turnId, 'start')).toBeUndefined()
    expect((await claim(turnId, 'resume')).number).toBe(2)
  })

  test('that has ended is not run again', async () => {
    const { turnId, run } = await claimed()
    await turns.end(turnId, run, 'done', [done])
    expect(await turns.claim(turnId, 'start')).toBeUndefined()
    expect(await turns.claim(turnId, 'resume')).toBeUndefined()
  })

  test('checks once more before it is suspended, when something was settled while it was running', async () => {
    const { turnId, run } = await claimed()
    expect(await turns.claim(turnId, 'resume')).toBe('busy')
    expect(await turns.suspend(turnId, run)).toBe('again')
    expect(await turns.suspend(turnId, run)).toBe('suspended')
  })

  test.each([
    ['lives', -1, 'busy'],
    ['has died', 0, { run: { number: 2 } }],
  ])('is claimed again only when its run has died by its lease: it %s', async (_name, offset, expected) => {
    const { turnId } = await claimed()
    advance(LEASE_MS + offset)
    const claimed_ = await turns.claim(turnId, 'start')
    if (typeof expected === 'string') expect(claimed_).toBe(expected)
    else expect(claimed_).toMatchObject(expected)
  })

  test('that was handed over is claimed at once', async () => {
    const { turnId, run } = await claimed()
    await turns.handOver(turnId, run, {})
    expect((await claim(turnId, 'start')).number).toBe(2)
  })
})

test('a superseded run can write no event, status, lease, request or account', async () => {
  const { turnId, run } = await claimed()
  await turns.append(turnId, text('first'), run)
  advance(LEASE_MS)
  const next = await claim(turnId, 'start')
  const authorization = {
    authorizationId: `${'s'.repeat(22)}.${'i'.repeat(22)}` as never,
    provider: 'github' as const,
    displayName: 'GitHub',
    scopes: [],
    startUrl: '/',
    expiresAt: '',
  } satisfies AuthorizationRequired
  const writes = [
    () => turns.append(turnId, text('late'), run),
    () => turns.suspend(turnId, run),
    () => turns.end(turnId, run, 'done', [done]),
    () => turns.renewLease(turnId, run),
    () => turns.handOver(turnId, run, {}),
    () => turns.asked(turnId, run).announce('github repo', authorization),
    () => turns.asked(turnId, run).keepAccount('github', ConnectionId.parse('b'.repeat(11))),
  ]
  for (const write of writes) await expect(write()).rejects.toThrow(SupersededError)
  const restarted = 'restarted {"after":"0-0"}'
  expect(await eventsOf(turnId)).toEqual(['text {"delta":"first"}', restarted])
  await turns.append(turnId, text('second'), next)
  await turns.end(turnId, next, 'done', [done])
  expect(await eventsOf(turnId)).toEqual(['text {"delta":"first"}', restarted, 'text {"delta":"second"}', 'done {}'])
})

test('a turn keeps the first account that it uses at a provider', async () => {
  const { turnId, run } = await claimed()
  const { accountAt, keepAccount } = turns.asked(turnId, run)
  const [first, second] = ['b', 'c'].map((letter) => ConnectionId.parse(letter.repeat(11))) as [
    ConnectionId,
    ConnectionId,
  ]
  expect(await accountAt('github')).toBeUndefined()
  expect(await keepAccount('github', first)).toBe(first)
  expect(await keepAccount('github', second)).toBe(first)
  expect(await keepAccount('google-calendar', second)).toBe(second)
  expect(await accountAt('google-calendar')).toBe(second)
})
