import { type TurnId, turnEffectsKey } from '@agent-identity/contracts'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { Person } from '../support/person.ts'
import { withRedis } from '../support/redis.ts'
import { type Stack, signedIn } from '../support/stack.ts'
import { startStackOfItsOwn } from '../support/stack-of-its-own.ts'
import { until } from '../support/until.ts'
import { failVendor } from '../support/vendors.ts'
import { replicasOf } from './support/replicas.ts'

let stack: Stack & { stop(): Promise<void> }
let replicas: ReturnType<typeof replicasOf>

beforeEach(async () => {
  stack = await startStackOfItsOwn({ TURN_LEASE_SECONDS: '1' })
  replicas = replicasOf(stack)
})
afterEach(async () => {
  await replicas.stop()
  await stack.stop()
})

const issue = (who: Person, title: string) => `Open an issue titled ${title} in ${who.username}/repo-of-${who.username}`

async function connected(question: (who: Person) => string): Promise<Person> {
  const who = await signedIn(stack)
  const { stream } = await who.ask(question(who))
  await who.consent((await stream.next('authorization_required')).data.startUrl)
  await stream.answer()
  return who
}

/** Resolves when the turn has written down what it is about to do. */
const intended = (turnId: string) =>
  until(async () => {
    const effects = await withRedis(stack, (redis) => redis.hvals(turnEffectsKey(turnId as TurnId)))
    return effects.includes('intended')
  })

/** Everybody who could know how it ended dies while the vendor takes its time. */
async function killedWhileActing(who: Person, vendor: 'github' | 'google-calendar', path: string, question: string) {
  await failVendor(stack, vendor, { path, delayMs: 800, times: 1 })
  const asked = await who.ask(question)
  await intended(asked.turnId)
  await Promise.all([replicas.end('agent-workload', 0, 'SIGKILL'), replicas.end('agent-workload', 1, 'SIGKILL')])
  await replicas.begin('agent-workload', 0)
  return who.stream(asked.eventsUrl)
}

test('a run that dies between an act and its outcome: the act is not repeated, and the user is told that nobody knows', async () => {
  const who = await connected(() => 'List my repositories')
  const path = `/repos/${who.username}/repo-of-${who.username}/issues`
  const stream = await killedWhileActing(who, 'github', path, issue(who, 'Once'))
  expect(await stream.answer()).toContain('It is not known whether it was done')
  expect(stream.events.filter(({ event }) => event === 'done')).toHaveLength(1)
  // The vendor counts: with the first one there, the next has number 2.
  const next = await who.ask(issue(who, 'Another'))
  expect(await next.stream.answer()).toMatch(/^Let me see\.\s+Issue #[12], "Another", is open/)
})

test('an act that the vendor recognizes is repeated, and done once', async () => {
  const who = await connected(() => 'Add Breakfast at 08:15 to my calendar')
  const path = '/calendar/v3/calendars/primary/events'
  const stream = await killedWhileActing(who, 'google-calendar', path, 'Add Lunch at 12:30 to my calendar')
  expect(await stream.answer()).toContain('Lunch is on your calendar')
  const list = await who.ask('What is on my calendar today?')
  expect((await list.stream.answer()).split('Lunch')).toHaveLength(2)
})
