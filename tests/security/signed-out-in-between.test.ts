import { DUE_KEY, dueId, userSessionKey } from '@agent-identity/contracts'
import { expect, test } from '@jest/globals'
import { attacksOn, expectNotRecognized, startIdIn, type Waiting } from '../support/attack.ts'
import type { Answer } from '../support/http-browser.ts'
import { outcomeOf } from '../support/person.ts'
import { ANOTHER_FLOW } from '../support/provider-flows.ts'
import { untilRedisSees } from '../support/redis.ts'
import { authorizationOf } from '../support/secrets.ts'
import { replicaOf, stackOfThisWorker } from '../support/stack.ts'
import { until } from '../support/until.ts'

const stack = stackOfThisWorker()
const { waiting, spendsNothing, endsIt, finishes, redis, emulator } = attacksOn(stack)

test('an expired user session binds nothing, and signing in again does not restore it', async () => {
  const victim = await waiting()
  const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
  // Redis deletes this key at the end of the idle time.
  await redis.del(userSessionKey(victim.ref))
  const ended = await endsIt(returnUrl, () => victim.who.return(returnUrl))
  expect([ended.status, outcomeOf(ended)]).toEqual([401, 'not_signed_in'])
  expect((await spendsNothing(victim, () => victim.who.api(victim.startUrl))).status).toBe(401)

  await victim.who.signIn()
  expectNotRecognized(await spendsNothing(victim, () => victim.who.return(returnUrl)))
  expect((await spendsNothing(victim, () => victim.who.start(victim.startUrl))).status).toBe(404)
  await finishes(await waiting(victim.who))
})

/** Ends the user session after the replica has read it, and before the replica can write. */
async function endsDuring<Result>({ ref }: Waiting, request: () => Promise<Result>): Promise<Result> {
  const key = userSessionKey(ref)
  const other = redis.duplicate()
  const clientId = await other.client('ID')
  await redis.client('PAUSE', 60_000, 'WRITE')
  try {
    // Redis delays this write, and executes it before later writes. Reads are not delayed.
    const deleted = other.del(key)
    await until(async () => String(await redis.client('LIST', 'ID', clientId)).includes('cmd=del'))
    const { started } = await untilRedisSees(stack, (command) => command === `get ${key}`, request)
    await redis.client('UNPAUSE')
    await deleted
    return started
  } finally {
    await redis.client('UNPAUSE')
    other.disconnect()
  }
}

/** Tries again after a 503: the pause was longer than the replica waits for Redis. */
async function endedDuring(request: (victim: Waiting, returnUrl: URL) => Promise<Answer>) {
  for (;;) {
    const victim = await waiting()
    const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
    const page = await spendsNothing(victim, () => endsDuring(victim, () => request(victim, returnUrl)))
    if (page.status !== 503) return { victim, page }
  }
}

test('a user session that ends after the checks and before the claim binds nothing', async () => {
  const { victim, page } = await endedDuring(({ who }, returnUrl) => who.return(returnUrl))
  expect([page.status, outcomeOf(page)]).toEqual([401, 'not_signed_in'])
  await victim.who.signIn()
  await finishes(await waiting(victim.who))
})

test('a user session that ends after the checks and before the start gets no authorization URL', async () => {
  const { victim, page } = await endedDuring(({ who, startUrl }) => who.start(startUrl))
  expect([page.status, page.headers.location]).toEqual([409, undefined])
  await victim.who.signIn()
  await finishes(await waiting(victim.who))
})

test('signed out during the call of AgentCore: the page shows AgentCore’s answer, and the authorization is called off', async () => {
  const victim = await waiting()
  const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
  const completion = await emulator.hold('CompleteResourceTokenAuth', { user: victim.who.subject })
  const page = victim.who.return(returnUrl)
  await completion.held()
  await victim.who.signOut()
  await completion.release()
  expect(outcomeOf(await page)).toBe('bound')
  expect((await authorizationOf(stack, victim.id))?.end).toMatchObject({ outcome: 'failed', code: 'cancelled' })
  await victim.stream.end()
  expect(victim.stream.events.map(({ event }) => event)).not.toContain('authorization_completed')

  // The account was never compared: its token is not used.
  await victim.who.signIn()
  await finishes(await waiting(victim.who))
})

test('a user session that expires during the call of AgentCore: its tokens are not used any more', async () => {
  const victim = await waiting()
  // Every replica caches a workload access token.
  for (const n of [0, 1] as const) {
    const path = `/api/connections/${ANOTHER_FLOW.provider}/authorizations`
    const asked = await victim.who.api(path, { method: 'POST', via: replicaOf(stack, 'agent-workload', n) })
    const { authorizationId } = JSON.parse(asked.body) as { authorizationId: string }
    await victim.who.api(`/api/authorizations/${authorizationId}`, { method: 'DELETE' })
  }
  const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
  const count = await emulator.counting()
  const completion = await emulator.hold('CompleteResourceTokenAuth', { user: victim.who.subject })
  const page = victim.who.return(returnUrl)
  await completion.held()
  await redis.del(userSessionKey(victim.ref))
  await completion.release()
  expect(outcomeOf(await page)).toBe('bound')
  // Once the authorization is settled, the agent workload makes no calls for it.
  await until(async () => (await redis.zscore(DUE_KEY, dueId.start(startIdIn(returnUrl)))) === null)
  expect(await count('GetResourceOauth2Token')).toBe(0)
  await victim.who.signIn()
  await finishes(await waiting(victim.who))
})

test('signed out during the call of AgentCore, and AgentCore refuses: the page does not show success', async () => {
  const victim = await waiting()
  const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
  const completion = await emulator.hold('CompleteResourceTokenAuth', { user: victim.who.subject, status: 403 })
  const page = victim.who.return(returnUrl)
  await completion.held()
  await victim.who.signOut()
  await completion.release()
  expect(outcomeOf(await page)).toBe('not_recognized')
  await victim.who.signIn()
  await finishes(await waiting(victim.who))
})
