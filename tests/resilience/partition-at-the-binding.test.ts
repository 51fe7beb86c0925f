import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { outcomeOf } from '../support/person.ts'
import { emulatorOf, isReady, person } from '../support/stack.ts'
import { until } from '../support/until.ts'
import { signIn } from './support/flows.ts'
import { CLAIM, RECORD_OUTCOME } from './support/redis-faults.ts'
import { type StackBehindProxies, startStackBehindProxies } from './support/stack-behind-proxies.ts'

let behind: StackBehindProxies

beforeAll(async () => {
  // On a busy machine a call may take longer than FAULTED_STACK's timeouts.
  behind = await startStackBehindProxies(5, {
    AGENTCORE_TIMEOUT_MS: '10000',
    VENDOR_TIMEOUT_MS: '10000',
    ACCOUNT_TIMEOUT_MS: '10000',
  })
  // Afterwards Redis has the scripts: no EVALSHA is followed by an EVAL.
  const first = await atTheReturn(5)
  expect(outcomeOf(await first.who.return(first.returnUrl))).toBe('bound')
})
afterAll(() => behind.stop())

test.each(['hold', 'drop'] as const)(
  'session binding cut off from Redis (%s) just before it calls AgentCore, and just after: called once, and no user is left waiting',
  async (how) => {
    const before = await atTheReturn(how === 'hold' ? 1 : 2)
    const after = await atTheReturn(how === 'hold' ? 3 : 4)
    const count = await emulatorOf(behind.stack).counting()

    expect(await returnWhileCutOff(before, how, CLAIM)).toBe('try_again')
    expect(await count('CompleteResourceTokenAuth')).toBe(0)
    expect(await returnWhileCutOff(after, how, RECORD_OUTCOME)).toBe('try_again')
    expect(await count('CompleteResourceTokenAuth')).toBe(1)

    // The delayed claim was executed after its process had stopped waiting: the user opens the same link again.
    if (how === 'hold') expect(outcomeOf(await before.who.consent(before.data.startUrl))).toBe('bound')
    // A lost command has changed nothing.
    else expect(outcomeOf(await before.who.return(before.returnUrl))).toBe('bound')
    for (const { who, stream } of [before, after]) expect(await stream.answer()).toContain(`repo-of-${who.username}`)
    expect(await count('CompleteResourceTokenAuth')).toBe(2)
  },
)

type Returning = Awaited<ReturnType<typeof atTheReturn>>

async function atTheReturn(n: number) {
  const who = person(behind.stack, `user-${n}`)
  await signIn(who)
  const { stream } = await who.ask('List my repositories')
  const { data } = await stream.next('authorization_required')
  return { who, stream, data, returnUrl: await who.consentUpToReturn(data.startUrl) }
}

/** From that command on, no data passes between the replica that sends it and Redis until the user has an answer. */
async function returnWhileCutOff({ who, returnUrl }: Returning, how: 'hold' | 'drop', from: RegExp): Promise<string> {
  const proxies = behind.proxies['session-binding']
  for (const proxy of proxies) proxy[how](from)
  const outcome = outcomeOf(await who.return(returnUrl))
  for (const proxy of proxies) proxy.heal()
  for (const n of [0, 1] as const) await until(() => isReady(behind.stack, 'session-binding', n))
  return outcome
}
