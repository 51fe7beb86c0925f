import { userSessionKey, userSessionRefOf } from '@agent-identity/contracts'
import { expect, test } from '@jest/globals'
import { attacksOn, expectNotRecognized } from '../support/attack.ts'
import { outcomeOf } from '../support/person.ts'
import { untilRedisSees } from '../support/redis.ts'
import { replicaOf, stackOfThisWorker } from '../support/stack.ts'
import { until } from '../support/until.ts'

const stack = stackOfThisWorker()
const { waiting, spendsNothing, finishes, redis, record, emulator } = attacksOn(stack)

test('a user session that has ended by itself binds nothing, and signing in again does not bring it back', async () => {
  const victim = await waiting()
  const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
  // What the end of its idle time does.
  await redis.del(userSessionKey(userSessionRefOf(victim.id)))
  const ended = await spendsNothing(victim, () => victim.who.return(returnUrl))
  expect([ended.status, outcomeOf(ended)]).toEqual([401, 'not_signed_in'])
  expect((await spendsNothing(victim, () => victim.who.start(victim.startUrl))).status).toBe(401)

  await victim.who.signIn()
  expectNotRecognized(await spendsNothing(victim, () => victim.who.return(returnUrl)))
  expect((await spendsNothing(victim, () => victim.who.start(victim.startUrl))).status).toBe(404)
  await finishes(await waiting(victim.who))
})

test('a user session that ends between the checks and the claim binds nothing', async () => {
  const victim = await waiting()
  const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
  const count = await emulator.counting()
  const key = userSessionKey(userSessionRefOf(victim.id))
  const { started: page } = await untilRedisSees(
    stack,
    (command) => command === `get ${key}`,
    () => victim.who.browser.send(returnUrl, { via: replicaOf(stack, 'session-binding', 0) }),
  )
  await redis.del(key)
  const outcome = outcomeOf(await page)
  // Whoever was faster: a claim is either before the end of the user session, or does not happen.
  const { status } = await record(victim.id)
  const calls = await count('CompleteResourceTokenAuth')
  expect([
    ['expired', 'pending', 0],
    ['bound', 'bound', 1],
  ]).toContainEqual([outcome, status, calls])
  await victim.who.signIn()
  expect((await victim.who.api('/api/session')).status).toBe(200)
})

test('signed out while AgentCore is being asked: the page tells what AgentCore said, and no record is left', async () => {
  const victim = await waiting()
  const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
  await emulator.fault({ operation: 'CompleteResourceTokenAuth', delayMs: 600, times: 1 })
  const page = victim.who.return(returnUrl)
  await until(async () => (await record(victim.id)).status === 'binding')
  await victim.who.signOut()
  expect(outcomeOf(await page)).toBe('bound')
  expect(await record(victim.id)).toEqual({})
  await victim.stream.end()
  expect(victim.stream.events.map(({ event }) => event)).not.toContain('authorization_completed')

  // It was this user who consented, and in time: whoever signs in again as this user is not asked a second time.
  await victim.who.signIn()
  const { stream } = await victim.who.ask('List my repositories')
  expect(await stream.answer()).toContain(victim.who.username)
  expect(stream.events.map(({ event }) => event)).not.toContain('authorization_required')
})

test('signed out while AgentCore is being asked, and AgentCore refuses: the page does not say that it worked', async () => {
  const victim = await waiting()
  const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
  await emulator.fault({ operation: 'CompleteResourceTokenAuth', status: 403, delayMs: 600, times: 1 })
  const page = victim.who.return(returnUrl)
  await until(async () => (await record(victim.id)).status === 'binding')
  await victim.who.signOut()
  expect(outcomeOf(await page)).toBe('not_recognized')
  await victim.who.signIn()
  await finishes(await waiting(victim.who))
})
