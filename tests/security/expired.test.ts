import { type AuthorizationId, startKey } from '@agent-identity/contracts'
import { expect, test } from '@jest/globals'
import { attacksOn, expectNotRecognized } from '../support/attack.ts'
import { outcomeOf } from '../support/person.ts'
import { authorizationEndsAt, authorizationOf, endsAt, startOf } from '../support/secrets.ts'
import { signedIn, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const { waiting, spendsNothing, endsIt, finishes, redis } = attacksOn(stack)

async function endsIn({ id }: { id: AuthorizationId }, milliseconds: number) {
  await endsAt(stack, id, Date.now() + milliseconds)
  await authorizationEndsAt(stack, id, Date.now() + milliseconds, 'no look')
  const start = await startOf(stack, id)
  if (!start) throw new Error('There is no start')
  expect(await redis.pttl(startKey(start.id))).toBeGreaterThan(60_000)
}

test('a second too late binds nothing, although the key still exists, and only its owner sees "expired"', async () => {
  const victim = await waiting()
  const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
  await endsIn(victim, -1_000)
  const late = await spendsNothing(victim, () => victim.who.return(returnUrl))
  expect([late.status, outcomeOf(late)]).toEqual([410, 'expired'])
  // The owner was refused only because of the expiry.
  await endsIn(victim, 60_000)
  await finishes(victim, returnUrl)
})

test('too late, another user sees no more than in time', async () => {
  const victim = await waiting()
  const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
  await endsIn(victim, -1_000)
  const other = await signedIn(stack)
  expectNotRecognized(await endsIt(returnUrl, () => other.return(returnUrl)))
})

test('a second too late, it cannot be started or denied either', async () => {
  const victim = await waiting()
  const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
  await endsIn(victim, -1_000)
  const denied = new URL(returnUrl)
  denied.searchParams.set('error', 'access_denied')
  await spendsNothing(victim, async () => {
    const start = await victim.who.start(victim.startUrl)
    expect([start.status, start.headers.location]).toEqual([409, undefined])
    expect(outcomeOf(await victim.who.return(denied))).toBe('expired')
  })
  await endsIn(victim, 60_000)
  await finishes(victim, returnUrl)
})

test('a user who is too late sees it in the chat, and can ask again', async () => {
  const victim = await waiting()
  const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
  await endsIn(victim, -1_000)
  await authorizationEndsAt(stack, victim.id, Date.now() - 1_000)
  expect((await victim.stream.next('authorization_failed')).data.code).toBe('expired')
  await victim.stream.answer()
  expect((await authorizationOf(stack, victim.id))?.end).toMatchObject({ outcome: 'failed', code: 'expired' })
  expect(outcomeOf(await spendsNothing(victim, () => victim.who.return(returnUrl)))).toBe('expired')
  await finishes(await waiting(victim.who))
})
