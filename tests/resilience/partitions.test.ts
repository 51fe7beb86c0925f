import { setTimeout as pause } from 'node:timers/promises'
import { TURN_WORK_STREAM } from '@agent-identity/contracts'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { outcomeOf } from '../support/person.ts'
import { isReady, person } from '../support/stack.ts'
import { until } from '../support/until.ts'
import { checkAll } from './support/effects.ts'
import { runFlows, signIn } from './support/flows.ts'
import { FLOWS_TEST_TIMEOUT_MS } from './support/following.ts'
import { SERVICES, type StackBehindProxies, startStackBehindProxies } from './support/stack-behind-proxies.ts'

const FLOWS = 12

jest.setTimeout(FLOWS_TEST_TIMEOUT_MS)

let behind: StackBehindProxies

beforeAll(async () => {
  // On a busy machine a call may take longer than FAULTED_STACK's timeouts.
  behind = await startStackBehindProxies(FLOWS + 1, {
    AGENTCORE_TIMEOUT_MS: '10000',
    VENDOR_TIMEOUT_MS: '10000',
    ACCOUNT_TIMEOUT_MS: '10000',
  })
})
afterAll(() => behind.stop())

test('replicas that cannot reach Redis, one or all of them: every flow ends correctly or with a message to its user', async () => {
  const { stack, proxies, everyProxy } = behind
  const running = runFlows(stack, { flows: FLOWS, atATime: FLOWS, seed: 6 })
  const one = [proxies['agent-workload'][0], proxies['session-binding'][1]]
  for (const [of, how] of [
    [one, 'hold'],
    [one, 'drop'],
    [everyProxy, 'hold'],
    [everyProxy, 'drop'],
  ] as const) {
    await pause(500)
    for (const proxy of of) proxy[how]()
    await pause(1_500)
    for (const proxy of of) proxy.heal()
  }
  expect(await checkAll(await running, 4)).toMatchObject({ flows: FLOWS, lost: 0, duplicated: 0, wrong: 0, why: [] })
})

test('an accepted question whose answer is lost: asked again it is the same turn, and is answered once', async () => {
  const { stack, proxies } = behind
  const who = person(stack, `user-${FLOWS + 1}`)
  await signIn(who)
  const post = () => who.postTurn({ message: 'List my repositories' }, { 'Idempotency-Key': 'once-and-not-twice' })
  for (const proxy of proxies['agent-workload']) proxy.hold(new RegExp(`xadd.*${TURN_WORK_STREAM}`, 's'))
  expect((await post()).status).toBe(503)
  for (const proxy of proxies['agent-workload']) proxy.heal()
  // A connection that another test dropped may be dead still: a replica finds out by a command, here by the PING of its readiness check.
  for (const service of SERVICES) for (const n of [0, 1] as const) await until(() => isReady(stack, service, n))
  const again = await post()
  expect(again.status).toBe(202)
  const { conversationId, turnId, eventsUrl } = JSON.parse(again.body)
  const stream = await who.stream(eventsUrl)
  const { data } = await stream.next('authorization_required')
  expect(outcomeOf(await who.consent(data.startUrl))).toBe('bound')
  expect(await stream.answer()).toContain(`repo-of-${who.username}`)
  const { turns } = JSON.parse((await who.api(`/api/conversations/${conversationId}`)).body)
  expect(turns.map((turn: { turnId: string }) => turn.turnId)).toEqual([turnId])
})
