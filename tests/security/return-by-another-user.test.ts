import { expect, test } from '@jest/globals'
import { attacksOn, expectNotRecognized, type Waiting } from '../support/attack.ts'
import { outcomeOf, type Person } from '../support/person.ts'
import { replicaOf, signedIn, somebodyNew, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const { waiting, spendsNothing, endsIt, finishes } = attacksOn(stack)
const replicas = [replicaOf(stack, 'session-binding', 0), replicaOf(stack, 'session-binding', 1)]

async function hasStartedTheirOwn(): Promise<Person> {
  const { who, startUrl } = await waiting()
  await who.start(startUrl)
  return who
}

const strangers: [string, () => Promise<Person>][] = [
  ['another user', () => signedIn(stack)],
  ['another user whose browser has started a consent of its own', hasStartedTheirOwn],
]

test.each(strangers)(
  '%s who opens the return URL binds nothing, on any replica, and no user can bind it any more; its user opens the same link again',
  async (_who, stranger) => {
    const victim: Waiting = await waiting()
    const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
    const other = await stranger()
    const opens = (via: string | undefined) => other.browser.send(returnUrl, { via, headers: { accept: 'text/html' } })
    expectNotRecognized(await endsIt(returnUrl, () => opens(replicas[0])))
    expectNotRecognized(await endsIt(returnUrl, () => opens(replicas[1])))
    expectNotRecognized(await endsIt(returnUrl, () => victim.who.return(returnUrl)))
    await finishes(victim)
  },
)

test('another user who returns a denied consent without its session URI ends nothing', async () => {
  const victim = await waiting()
  const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
  const denied = new URL(returnUrl)
  denied.searchParams.set('error', 'access_denied')
  const other = await hasStartedTheirOwn()
  denied.searchParams.delete('session_id')
  expectNotRecognized(await spendsNothing(victim, () => other.return(denied)))
  await finishes(victim, returnUrl)
})

test('a browser without a user session is asked to sign in, and learns nothing else; no user can bind the consent any more', async () => {
  const victim = await waiting()
  const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
  const anonymous = await somebodyNew(stack)
  const unknown = new URL(returnUrl)
  unknown.searchParams.set('session_id', `${returnUrl.searchParams.get('session_id')}x`)
  const other = await spendsNothing(victim, () => anonymous.return(unknown))
  const answer = await endsIt(returnUrl, () => anonymous.return(returnUrl))
  expect([answer.status, outcomeOf(answer)]).toEqual([401, 'not_signed_in'])
  expect(answer.body).toBe(other.body)
  expect(answer.body).not.toContain('GitHub')
  expectNotRecognized(await endsIt(returnUrl, () => victim.who.return(returnUrl)))
  await finishes(victim)
})
