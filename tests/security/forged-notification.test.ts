import {
  BINDING_NOTIFICATIONS_STREAM,
  START_SETTLED_CHANNEL,
  TURN_EVENTS_CHANNEL,
  TURN_WORK_STREAM,
} from '@agent-identity/contracts'
import { randomToken } from '@agent-identity/service-runtime'
import { expect, test } from '@jest/globals'
import { attacksOn, type Waiting } from '../support/attack.ts'
import { untilSuspended } from '../support/redis.ts'
import { stackOfThisWorker } from '../support/stack.ts'
import { until } from '../support/until.ts'

const stack = stackOfThisWorker()
const { waiting, spendsNothing, finishes, opened, redis } = attacksOn(stack)

/** Resolves when a replica has processed the entry. */
async function say(stream: string, fields: Record<string, string>): Promise<void> {
  const entry = (await redis.xadd(stream, '*', ...Object.entries(fields).flat())) ?? ''
  await until(async () => (await redis.xrange(stream, entry, entry)).length === 0)
}

const turnIdOf = ({ eventsUrl }: Waiting) => /turns\/(.*)\/events/.exec(eventsUrl)?.[1] ?? ''
const turnOf = (waitingTurn: Waiting) => {
  const [conversation, turn] = turnIdOf(waitingTurn).split('.')
  return redis.hgetall(`turn:{${conversation}}:${turn}`)
}

test('a notification about a pending start resumes nothing and causes no AgentCore call', async () => {
  const victim = await waiting()
  await victim.who.start(victim.startUrl)
  await untilSuspended(redis, victim.eventsUrl)
  const { id = '' } = await opened(victim.id)
  const before = { turn: await turnOf(victim), events: victim.stream.events.length }
  await spendsNothing(victim, async () => {
    for (let n = 0; n < 5; n++) await say(BINDING_NOTIFICATIONS_STREAM, { startId: id })
    await redis.publish(START_SETTLED_CHANNEL, id)
    await redis.publish(TURN_EVENTS_CHANNEL, turnIdOf(victim))
  })
  expect(await turnOf(victim)).toEqual(before.turn)
  expect(victim.stream.events).toHaveLength(before.events)
  await finishes(victim)
})

test.each([
  ['a start that does not exist', { startId: `${randomToken(16)}.${randomToken(16)}` }],
  ['no start', { startId: '*' }],
  ['a key of another record', { startId: '../user-session' }],
  ['a token', { accessToken: 'x', bound: 'true' }],
])('a notification about %s is discarded, and the next true one works', async (_name, fields) => {
  const victim = await waiting()
  await spendsNothing(victim, () => say(BINDING_NOTIFICATIONS_STREAM, fields as unknown as Record<string, string>))
  await finishes(victim)
})

test('forged work that resumes a waiting turn leads to the same wait, without a second question', async () => {
  const victim = await waiting()
  await untilSuspended(redis, victim.eventsUrl)
  await spendsNothing(victim, () => say(TURN_WORK_STREAM, { turnId: turnIdOf(victim), kind: 'resume' }))
  await untilSuspended(redis, victim.eventsUrl)
  await finishes(victim)
  // Checked after the last event: an event may arrive late.
  expect(victim.stream.events.filter(({ event }) => event === 'authorization_required')).toHaveLength(1)
})
