import { expect, test } from '@jest/globals'
import { attacksOn } from '../support/attack.ts'
import { forThisTest } from '../support/for-this-test.ts'
import { outcomeOf } from '../support/person.ts'
import { startService } from '../support/service-process.ts'
import { replicaOf, stackOfThisWorker } from '../support/stack.ts'
import { until } from '../support/until.ts'

const stack = stackOfThisWorker()
const { waiting, emulator, opened } = attacksOn(stack)
const own = forThisTest()
const operation = 'CompleteResourceTokenAuth'
const TIMEOUT_MS = 5_000

test('slower than our timeout: no second call for it, pages that show an unknown outcome, and the turn goes on once AgentCore has finished', async () => {
  // The stack's own replicas wait longer.
  const replica = await own(startService(stack, 'session-binding', { AGENTCORE_TIMEOUT_MS: String(TIMEOUT_MS) }))
  // The first call of a process takes longer, and could time out before it reaches AgentCore.
  const first = await waiting()
  await first.who.browser.send(await first.who.consentUpToReturn(first.startUrl), { via: replica.url })

  const victim = await waiting()
  const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
  const count = await emulator.counting()
  const completion = await emulator.hold(operation, { user: victim.who.subject })

  const page = victim.who.browser.send(returnUrl, { via: replica.url })
  await until(async () => (await opened(victim.id)).status === 'binding')
  const impatient = await victim.who.browser.send(returnUrl, { via: replicaOf(stack, 'session-binding', 1) })
  expect(outcomeOf(impatient)).toBe('try_again')
  const answer = await page
  // AgentCore is still working.
  expect(await count(operation)).toBe(0)
  expect([answer.status, outcomeOf(answer)]).toEqual([503, 'try_again'])
  expect(await opened(victim.id)).toMatchObject({ status: 'unconfirmed' })

  // AgentCore has no token when it is asked before it has finished: the turn waits.
  expect(victim.stream.events.map(({ event }) => event)).not.toContain('authorization_completed')
  await completion.release()
  await victim.stream.next('authorization_completed')
  expect(await victim.stream.answer()).toContain(victim.who.username)
  const returned = await victim.who.return(returnUrl)
  expect(outcomeOf(returned)).toBe('try_again')
  expect(await count(operation)).toBe(1)
})
