import { type TurnId, turnEffectsKey } from '@agent-identity/contracts'
import { expect, test } from '@jest/globals'
import { forThisTest } from '../support/for-this-test.ts'
import type { Person } from '../support/person.ts'
import { withRedis } from '../support/redis.ts'
import { type Stack, signedIn } from '../support/stack.ts'
import { startStackOfItsOwn } from '../support/stack-of-its-own.ts'
import { until } from '../support/until.ts'
import { failVendor, mendVendor } from '../support/vendors.ts'
import { replicasOf } from './support/replicas.ts'

const own = forThisTest()

async function start(question: (who: Person) => string) {
  const stack = await own(startStackOfItsOwn({ TURN_LEASE_SECONDS: '1' }))
  const replicas = await own(replicasOf(stack))
  return { stack, replicas, who: await connected(stack, question) }
}

const issue = (who: Person, title: string) => `Open an issue titled ${title} in ${who.username}/repo-of-${who.username}`

async function connected(stack: Stack, question: (who: Person) => string): Promise<Person> {
  const who = await signedIn(stack)
  const { stream } = await who.ask(question(who))
  await who.connect((await stream.next('authorization_required')).data.startUrl)
  await stream.answer()
  return who
}

/** Resolves when the intent is recorded. */
const intended = (stack: Stack, turnId: string) =>
  withRedis(stack, (redis) => until(async () => (await redis.hlen(turnEffectsKey(turnId as TurnId))) > 0))

/** Kills every process that could learn the outcome. */
async function killedWhileActing(
  { stack, replicas, who }: Awaited<ReturnType<typeof start>>,
  vendor: 'github' | 'google-calendar',
  path: string,
  question: string,
) {
  // Longer than a kill takes on a busy machine.
  await failVendor(stack, vendor, { path, delayMs: 20_000, times: 1 })
  const asked = await who.ask(question)
  await intended(stack, asked.turnId)
  await Promise.all([replicas.end('agent-workload', 0, 'SIGKILL'), replicas.end('agent-workload', 1, 'SIGKILL')])
  // If the kill came before the request, the fault must not meet the next request.
  await mendVendor(stack, vendor)
  await replicas.begin('agent-workload', 0)
  return who.stream(asked.eventsUrl)
}

test('a run that dies between a change and its outcome: the change is not repeated, and the user is told that the outcome is unknown', async () => {
  const started = await start((who) => issue(who, 'First'))
  const { who } = started
  const path = `/repos/${who.username}/repo-of-${who.username}/issues`
  const stream = await killedWhileActing(started, 'github', path, issue(who, 'Once'))
  expect(await stream.answer()).toContain('It is not known whether it was done')
  expect(stream.events.filter(({ event }) => event === 'done')).toHaveLength(1)
  // The vendor numbers its issues: 3 means that the change was made.
  const next = await who.ask(issue(who, 'Another'))
  expect(await next.stream.answer()).toMatch(/^Let me see\.\s+Issue #[23], "Another", is open/)
})

test('a change that the vendor recognizes is repeated, and made once', async () => {
  const started = await start(() => 'Add Breakfast at 08:15 to my calendar')
  const { who } = started
  const path = '/calendar/v3/calendars/primary/events'
  const stream = await killedWhileActing(started, 'google-calendar', path, 'Add Lunch at 12:30 to my calendar')
  expect(await stream.answer()).toContain('Lunch is on your calendar')
  const list = await who.ask('What is on my calendar today?')
  expect((await list.stream.answer()).split('Lunch')).toHaveLength(2)
})
