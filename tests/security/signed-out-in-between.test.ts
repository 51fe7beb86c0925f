import { AUTHORIZATION_EXPIRIES_KEY, userSessionKey, userSessionRefOf } from '@agent-identity/contracts'
import { expect, test } from '@jest/globals'
import { attacksOn, expectNotRecognized, type Waiting } from '../support/attack.ts'
import { outcomeOf } from '../support/person.ts'
import { untilRedisSees } from '../support/redis.ts'
import { replicaOf, stackOfThisWorker } from '../support/stack.ts'
import { until } from '../support/until.ts'

const stack = stackOfThisWorker()
const { waiting, spendsNothing, finishes, redis, record, opened, emulator } = attacksOn(stack)

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

/** The user session ends after the replica has read it, and before the replica can write anything. */
async function endsDuring<Result>({ id }: Waiting, request: () => Promise<Result>): Promise<Result> {
  const key = userSessionKey(userSessionRefOf(id))
  const other = redis.duplicate()
  const clientId = await other.client('ID')
  await redis.client('PAUSE', 5_000, 'WRITE')
  // Redis holds it back, and will do it before anything that comes later.
  const deleted = other.del(key)
  await until(async () => String(await redis.client('LIST', 'ID', clientId)).includes('cmd=del'))
  const { started } = await untilRedisSees(stack, (command) => command === `get ${key}`, request)
  await redis.client('UNPAUSE')
  await deleted
  other.disconnect()
  return started
}

test('a user session that ends after the checks and before the claim binds nothing', async () => {
  const victim = await waiting()
  const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
  const page = await spendsNothing(victim, () => endsDuring(victim, () => victim.who.return(returnUrl)))
  expect([page.status, outcomeOf(page)]).toEqual([401, 'not_signed_in'])
  await victim.who.signIn()
  await finishes(await waiting(victim.who))
})

test('a user session that ends after the checks and before the start is handed no authorization URL', async () => {
  const victim = await waiting()
  const page = await spendsNothing(victim, () => endsDuring(victim, () => victim.who.start(victim.startUrl)))
  expect([page.status, page.headers.location]).toEqual([409, undefined])
  await victim.who.signIn()
  await finishes(await waiting(victim.who))
})

test('signed out while AgentCore is being asked: the page tells what AgentCore said, and no record is left', async () => {
  const victim = await waiting()
  const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
  await emulator.fault({ operation: 'CompleteResourceTokenAuth', delayMs: 600, times: 1 })
  const page = victim.who.return(returnUrl)
  await until(async () => (await opened(victim.id)).status === 'binding')
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

test('a user session that ends by itself while AgentCore is being asked: nothing is asked for with its tokens any more', async () => {
  const victim = await waiting()
  // Every replica holds a workload access token of this user session now.
  for (const n of [0, 1] as const) {
    const path = '/api/connections/google-calendar/authorizations'
    const asked = await victim.who.api(path, { method: 'POST', via: replicaOf(stack, 'agent-workload', n) })
    const { authorizationId } = JSON.parse(asked.body) as { authorizationId: string }
    await victim.who.api(`/api/authorizations/${authorizationId}`, { method: 'DELETE' })
  }
  const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
  const count = await emulator.counting()
  await emulator.fault({ operation: 'CompleteResourceTokenAuth', delayMs: 600, times: 1 })
  const page = victim.who.return(returnUrl)
  await until(async () => (await opened(victim.id)).status === 'binding')
  await redis.del(userSessionKey(userSessionRefOf(victim.id)))
  expect(outcomeOf(await page)).toBe('bound')
  // The workload has looked at it: nothing is to be expected of it any more.
  await until(async () => (await redis.zscore(AUTHORIZATION_EXPIRIES_KEY, victim.id)) === null)
  expect(await count('GetResourceOauth2Token')).toBe(0)
  await victim.who.signIn()
  const { stream } = await victim.who.ask('List my repositories')
  expect(await stream.answer()).toContain(victim.who.username)
})

test('signed out while AgentCore is being asked, and AgentCore refuses: the page does not say that it worked', async () => {
  const victim = await waiting()
  const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
  await emulator.fault({ operation: 'CompleteResourceTokenAuth', status: 403, delayMs: 600, times: 1 })
  const page = victim.who.return(returnUrl)
  await until(async () => (await opened(victim.id)).status === 'binding')
  await victim.who.signOut()
  expect(outcomeOf(await page)).toBe('not_recognized')
  await victim.who.signIn()
  await finishes(await waiting(victim.who))
})
