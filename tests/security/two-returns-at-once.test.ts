import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { attacksOn } from '../support/attack.ts'
import { outcomeOf } from '../support/person.ts'
import { startService } from '../support/service-process.ts'
import { replicaOf, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const { waiting, emulator, opened } = attacksOn(stack)
const replicas = [replicaOf(stack, 'session-binding', 0), replicaOf(stack, 'session-binding', 1)]
/** A replica waits for the result of another return as long as that may take on a busy machine. */
const patient = { BINDING_OUTCOME_WAIT_MS: '40000', AGENTCORE_TIMEOUT_MS: '15000' }
let waitingReplicas: string[]
let stop: () => Promise<unknown>
beforeAll(async () => {
  const started = await Promise.all([0, 1].map(() => startService(stack, 'session-binding', patient)))
  waitingReplicas = started.map(({ url }) => url)
  stop = () => Promise.all(started.map((one) => one.stop()))
})
afterAll(() => stop())

test.each([
  ['at once', 0],
  ['while AgentCore is slow', 700],
])(
  'the same return on both replicas, many times %s, binds once, and every return sees the result',
  async (_name, delayMs) => {
    const victim = await waiting()
    const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
    const count = await emulator.counting()
    if (delayMs > 0)
      await emulator.fault({ operation: 'CompleteResourceTokenAuth', user: victim.who.subject, delayMs, times: 1 })
    const pages = await Promise.all(
      Array.from({ length: 4 }, () => waitingReplicas)
        .flat()
        .map((via) => victim.who.browser.send(returnUrl, { via })),
    )
    expect(pages.map(outcomeOf).sort()).toEqual([...Array<string>(7).fill('already_bound'), 'bound'])
    expect(await count('CompleteResourceTokenAuth')).toBe(1)
    expect(await opened(victim.id)).toMatchObject({ status: 'bound' })
    expect(await victim.stream.answer()).toContain(victim.who.username)
    expect(victim.stream.events.filter(({ event }) => event === 'authorization_completed')).toHaveLength(1)
  },
)

test('a return and a cancellation at once: one of them wins, and the page and the chat show the same outcome', async () => {
  for (let round = 0; round < 4; round++) {
    const victim = await waiting()
    const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
    const count = await emulator.counting()
    const [page, cancelled] = await Promise.all([
      victim.who.browser.send(returnUrl, { via: replicas[round % 2] }),
      victim.who.api(`/api/authorizations/${victim.id}`, { method: 'DELETE' }),
    ])
    const won = cancelled.status === 204 ? 'cancelled' : 'bound'
    expect([cancelled.status, outcomeOf(page)]).toEqual(won === 'bound' ? [409, 'bound'] : [204, 'expired'])
    expect(await count('CompleteResourceTokenAuth')).toBe(won === 'bound' ? 1 : 0)
    expect(await opened(victim.id)).toMatchObject({ status: won })
    await victim.stream.next(won === 'bound' ? 'authorization_completed' : 'authorization_failed')
    await victim.stream.answer()
  }
})

test('a cancellation that comes while AgentCore completes the consent is refused, and leaves the other tab of the link as it was', async () => {
  const victim = await waiting()
  const { who } = victim
  const returnUrl = await who.consentUpToReturn(victim.startUrl)
  await who.start(victim.startUrl, (url) => url.origin === stack.agentcoreIdentity)
  const other = (await opened(victim.id)).id
  const completion = await emulator.hold('CompleteResourceTokenAuth', { user: who.subject })
  const returning = who.return(returnUrl)
  await completion.held()
  expect((await who.api(`/api/authorizations/${victim.id}`, { method: 'DELETE' })).status).toBe(409)
  expect(await opened(other as never)).toMatchObject({ status: 'pending' })
  await completion.release()
  expect(outcomeOf(await returning)).toBe('bound')
  expect(await victim.stream.answer()).toContain(who.username)
})
