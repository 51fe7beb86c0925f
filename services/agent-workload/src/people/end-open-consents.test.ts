import { expect, test } from '@jest/globals'
import { NOW, REF, world } from './test-support/erasing.ts'

const DISCONNECTED = `disconnect in the name of ${REF}`
const untilSignedOut = (steps: readonly string[]) => steps.slice(2, steps.indexOf(`sign out ${REF}`))
const binding = (endsAt = NOW + 15_000) => ({ status: 'binding', bindingEndsAt: endsAt }) as const

test('a consent that was not given yet is cancelled before the vault is read', async () => {
  const { state, steps, end } = world()
  state.consent = { status: 'pending' }
  await end()
  expect(untilSignedOut(steps)).toEqual(['cancel what is open', DISCONNECTED])
})

test('AgentCore’s answer to a binding is waited for before the vault is read, also when its return came in between', async () => {
  for (const claimed of [false, true]) {
    const { state, steps, end } = world({
      claimed: binding(),
      answer: (of) => {
        of.consent = { status: 'bound' }
      },
    })
    state.consent = claimed ? { status: 'pending' } : binding()
    await end()
    const before = claimed ? ['cancel what is open'] : []
    expect(untilSignedOut(steps)).toEqual([...before, 'wait 15000 ms for AgentCore', DISCONNECTED])
  }
})

test('a binding whose process has died is not waited for, and no binding for more than half a minute', async () => {
  const left = world()
  left.state.consent = binding(NOW - 1)
  await left.end()
  expect(untilSignedOut(left.steps)).toEqual([DISCONNECTED])

  const slow = world({
    answer: (of) => {
      of.now += 30_000
    },
  })
  slow.state.consent = binding(NOW + 90_000)
  await slow.end()
  expect(untilSignedOut(slow.steps)).toEqual(['wait 30000 ms for AgentCore', DISCONNECTED])
})

test('an authorization that appears during the wait is cancelled, too', async () => {
  const { state, steps, end } = world({
    answer: (of) => {
      of.consent = { status: 'pending' }
    },
  })
  state.consent = binding()
  await end()
  expect(untilSignedOut(steps)).toEqual(['wait 15000 ms for AgentCore', 'cancel what is open', DISCONNECTED])
})
