import { expect, test } from '@jest/globals'
import { attacksOn, expectNotRecognized } from '../support/attack.ts'
import { outcomeOf } from '../support/person.ts'
import { replicaOf, signedIn, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const { waiting, spendsNothing, finishes, emulator, redis } = attacksOn(stack)

test('a bound return shows its outcome again in its browser, and does not bind a second time', async () => {
  const victim = await waiting()
  const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
  await finishes(victim, returnUrl)
  const notifications = await redis.xinfo('STREAM', 'binding-notifications:{agent-workload}')
  for (const n of [0, 1] as const) {
    const via = replicaOf(stack, 'session-binding', n)
    const again = await spendsNothing(victim, () => victim.who.browser.send(returnUrl, { via }))
    expect([again.status, outcomeOf(again)]).toEqual([200, 'already_bound'])
  }
  expect(lastIdOf(await redis.xinfo('STREAM', 'binding-notifications:{agent-workload}'))).toBe(lastIdOf(notifications))
  expect(victim.stream.events.filter(({ event }) => event === 'authorization_completed')).toHaveLength(1)
})

test('a bound return does not show its outcome to others', async () => {
  const victim = await waiting()
  const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
  await finishes(victim, returnUrl)
  const other = await signedIn(stack)
  expectNotRecognized(await spendsNothing(victim, () => other.return(returnUrl)))
})

test('a bound authorization cannot be started, cancelled or denied', async () => {
  const victim = await waiting()
  const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
  await finishes(victim, returnUrl)
  const denied = new URL(returnUrl)
  denied.searchParams.set('error', 'access_denied')
  await spendsNothing(victim, async () => {
    expect((await victim.who.start(victim.startUrl)).status).toBe(409)
    expect((await victim.who.api(`/api/authorizations/${victim.id}`, { method: 'DELETE' })).status).toBe(409)
    expect(outcomeOf(await victim.who.return(denied))).toBe('already_bound')
  })
  expect(await (await victim.who.ask('List my repositories')).stream.answer()).toContain(victim.who.username)
})

test('the return of an earlier consent does not finish a later one for the same provider', async () => {
  const victim = await waiting()
  const earlier = await victim.who.consentUpToReturn(victim.startUrl)
  await victim.who.api(`/api/authorizations/${victim.id}`, { method: 'DELETE' })
  await victim.stream.answer()
  const later = await waiting(victim.who)
  expect(later.id).not.toBe(victim.id)
  const answer = await spendsNothing(later, () => victim.who.return(earlier))
  expect([answer.status, outcomeOf(answer)]).toEqual([410, 'expired'])
  const count = await emulator.counting()
  await finishes(later)
  expect(await count('CompleteResourceTokenAuth')).toBe(1)
})

const lastIdOf = (info: unknown) => (info as unknown[])[(info as unknown[]).indexOf('last-generated-id') + 1]
