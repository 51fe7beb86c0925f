import { conversationKey } from '@agent-identity/contracts'
import { afterAll, expect, test } from '@jest/globals'
import { startTurns } from './test-support/turns-in-redis.ts'

const { turns, redis, asked, claimed, advance, stop } = await startTurns()
afterAll(stop)

test('the open turn of a conversation is begun when no run has begun it', async () => {
  const { conversationId, turnId } = await asked()
  expect(await turns.overdueWork(conversationId)).toEqual({ turnId, kind: 'start' })
})

test('it is resumed when it has waited for longer than anything that it may wait for, and not before, nor while it runs', async () => {
  const { conversationId, turnId, run } = await claimed()
  advance(1_200_000)
  expect(await turns.overdueWork(conversationId)).toBeUndefined()
  await turns.suspend(turnId, run)
  expect(await turns.overdueWork(conversationId)).toEqual({ turnId, kind: 'resume' })

  const later = await claimed()
  await turns.suspend(later.turnId, later.run)
  advance(1_199_999)
  expect(await turns.overdueWork(later.conversationId)).toBeUndefined()
  advance(1)
  expect(await turns.overdueWork(later.conversationId)).toEqual({ turnId: later.turnId, kind: 'resume' })
})

test('nothing is done for a turn that has ended, and for a forged one', async () => {
  const { conversationId, turnId, run } = await claimed()
  await turns.end(turnId, run, 'done', [{ event: 'done', data: {} }])
  expect(await turns.overdueWork(conversationId)).toBeUndefined()
  const other = await asked()
  for (const forged of [other.turnId, 'garbage', '']) {
    await redis.hset(conversationKey(conversationId), 'currentTurn', forged)
    expect(await turns.overdueWork(conversationId)).toBeUndefined()
  }
})
