import {
  conversationKey,
  conversationSnapshotKey,
  TURN_WORK_STREAM,
  type TurnId,
  turnAuthorizationsKey,
  turnKey,
} from '@agent-identity/contracts'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { attacksOn, type Waiting } from '../support/attack.ts'
import { person, signedIn, stackOfThisWorker } from '../support/stack.ts'
import { until } from '../support/until.ts'

const stack = stackOfThisWorker()
const { waiting, redis, finishes, emulator } = attacksOn(stack)

type Fields = Record<string, string>
const turnIdOf = ({ eventsUrl }: Waiting) => eventsUrl.split('/')[3] as TurnId
const conversationOf = (turnId: TurnId) => turnId.split('.')[0] as never

/** A turn's record, in the clear. */
const PLAIN = (who: Fields, status = 'waiting'): Fields => ({
  status,
  owner: who.owner ?? '',
  userSession: who.userSession ?? '',
  run: '1',
  createdAt: '1',
  requestId: 'r',
})

let alice: { turnId: TurnId; username: string; conversationId: string }
beforeAll(async () => {
  const victim = await waiting()
  await victim.who.consent(victim.startUrl)
  await victim.stream.answer()
  const turnId = turnIdOf(victim)
  alice = { turnId, username: victim.who.username, conversationId: conversationOf(turnId) }
})

describe('a writer of Redis without a key, who resumes their own waiting turn,', () => {
  const rewritings: [string, (theirs: Fields) => Fields][] = [
    ['with alice’s sealed facts', ({ facts = '' }) => ({ facts })],
    ['with alice’s sealed progress', ({ progress = '' }) => ({ progress })],
    ['with both of alice’s', ({ facts = '', progress = '' }) => ({ facts, progress })],
    ['with alice’s user session in the clear', (theirs) => PLAIN(theirs)],
    [
      'with facts that are not sealed',
      ({ owner = 'a'.repeat(22) }) => ({ facts: JSON.stringify(PLAIN({ owner, userSession: 's'.repeat(22) })) }),
    ],
  ]

  test.each(rewritings)('%s, gets nothing of alice’s', async (_name, rewrite) => {
    const bob = await waiting()
    const turnId = turnIdOf(bob)
    // The turn is suspended: it has no run.
    await until(async () => (await redis.hget(turnKey(turnId), 'leaseEndsAt')) === '0')
    const before = await redis.hgetall(turnKey(turnId))
    const snapshots = await redis.keys(conversationSnapshotKey(conversationOf(turnId), '*'))
    await redis.hset(turnKey(turnId), rewrite(await redis.hgetall(turnKey(alice.turnId))))
    if (snapshots.length > 0) await redis.del(...snapshots)
    await redis.del(turnAuthorizationsKey(turnId))
    const count = await emulator.counting()
    const work = (await redis.xadd(TURN_WORK_STREAM, '*', 'turnId', turnId, 'kind', 'resume')) ?? ''
    // Waits until a replica has processed the work.
    await until(async () => (await redis.xrange(TURN_WORK_STREAM, work, work)).length === 0)
    expect(await count('GetWorkloadAccessTokenForJWT')).toBe(0)
    await redis.del(turnKey(turnId))
    await redis.hset(turnKey(turnId), before)
    await finishes(bob)
    // Checked at the end: an event may arrive late.
    expect(bob.stream.text).not.toMatch(new RegExp(`\\b${alice.username}\\b`))
  })
})

describe('a writer of Redis without a key, who makes alice’s conversation theirs,', () => {
  test.each([
    ['by its facts in the clear', (theirs: Fields, own: Fields) => ({ ...theirs, ...own, facts: '{"owner":"x"}' })],
    [
      'by the facts of a conversation of theirs',
      (theirs: Fields, own: Fields) => ({ ...theirs, facts: own.facts ?? '' }),
    ],
  ])('%s, is not shown it, and alice still is', async (_name, rewrite) => {
    const bob = await signedIn(stack)
    const asked = await bob.ask('What can you do?')
    await asked.stream.answer()
    const own = await redis.hgetall(conversationKey(asked.conversationId as never))
    const key = conversationKey(alice.conversationId as never)
    const before = await redis.hgetall(key)
    await redis.hset(key, rewrite(before, own))
    try {
      for (const path of [`/api/conversations/${alice.conversationId}`, `/api/turns/${alice.turnId}/events`])
        expect((await bob.api(path)).status).toBe(404)
      expect((await bob.postTurn({ message: 'And then?', conversationId: alice.conversationId })).status).toBe(404)
    } finally {
      await redis.hset(key, before)
    }
    const who = person(stack, alice.username)
    await who.signIn()
    expect((await who.api(`/api/conversations/${alice.conversationId}`)).status).toBe(200)
  })

  test('by putting alice’s turn into the list of a conversation of theirs, is not shown it', async () => {
    const bob = await signedIn(stack)
    const asked = await bob.ask('What can you do?')
    await asked.stream.answer()
    await redis.rpush(`conversation-turns:{${asked.conversationId}}`, alice.turnId)
    const shown = await bob.api(`/api/conversations/${asked.conversationId}`)
    expect(JSON.parse(shown.body).turns.map(({ turnId }: { turnId: string }) => turnId)).toEqual([asked.turnId])
  })
})
