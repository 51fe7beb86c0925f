import { expect, test } from '@jest/globals'
import { ToolFailure } from './tool-failure.ts'
import { createVendorSlots } from './vendor-slots.ts'

const never = new AbortController().signal

function calls() {
  const under: { name: string; end: () => void }[] = []
  const call = (name: string) => () =>
    new Promise<string>((resolve) => {
      under.push({ name, end: () => resolve(name) })
    })
  return { under, names: () => under.map(({ name }) => name), call }
}
const settled = () => new Promise(setImmediate)

test('one user’s calls take half of the slots at a provider, and delay neither another user nor another provider', async () => {
  const { under, names, call } = calls()
  const slots = createVendorSlots(4)
  const [alice, bob] = [slots.of('alice'), slots.of('bob')]
  const all = [1, 2, 3, 4, 5].map((n) => alice.take('github', never, call(`alice ${n}`)))
  expect(names()).toEqual(['alice 1', 'alice 2'])
  const other = bob.take('github', never, call('bob'))
  const elsewhere = alice.take('google-calendar', never, call('calendar'))
  expect(names()).toEqual(['alice 1', 'alice 2', 'bob', 'calendar'])
  for (let n = 0; n < 7; n++) {
    under[n]?.end()
    await settled()
  }
  expect(await Promise.all([...all, other, elsewhere])).toHaveLength(7)
  expect(names().slice(4)).toEqual(['alice 3', 'alice 4', 'alice 5'])
})

test('a waiting call ends with its turn, at once, and is not begun', async () => {
  const { under, names, call } = calls()
  const slots = createVendorSlots(1).of('alice')
  const stop = new AbortController()
  const first = slots.take('github', never, call('first'))
  const waiting = slots.take('github', stop.signal, call('waiting'))
  const third = slots.take('github', never, call('third'))
  stop.abort()
  await expect(waiting).rejects.toThrow(ToolFailure)
  await expect(slots.take('github', stop.signal, call('late'))).rejects.toThrow(ToolFailure)
  under[0]?.end()
  await first
  await settled()
  expect(names()).toEqual(['first', 'third'])
  under[1]?.end()
  await third
})

test('a call that fails frees its slot', async () => {
  const slots = createVendorSlots(1).of('alice')
  const failing = slots.take('github', never, () => Promise.reject(new Error('no')))
  await expect(failing).rejects.toThrow('no')
  expect(await slots.take('github', never, async () => 'next')).toBe('next')
})

test('a call beyond the backlog of its user is refused at once, and another user’s waits', async () => {
  const { under, names, call } = calls()
  const slots = createVendorSlots(1, 1)
  const [alice, bob] = [slots.of('alice'), slots.of('bob')]
  const all = [alice.take('github', never, call('first')), alice.take('github', never, call('second'))]
  await expect(alice.take('github', never, call('third'))).rejects.toThrow(ToolFailure)
  all.push(bob.take('github', never, call('bob')))
  for (let n = 0; n < 3; n++) {
    under[n]?.end()
    await settled()
  }
  expect(await Promise.all(all)).toEqual(['first', 'second', 'bob'])
  expect(names()).not.toContain('third')
})

test('a waiting call that was stopped leaves the backlog of its user at once', async () => {
  const { under, names, call } = calls()
  const slots = createVendorSlots(1, 1)
  const [alice, bob] = [slots.of('alice'), slots.of('bob')]
  const stop = new AbortController()
  const first = bob.take('github', never, call('first'))
  const stopped = alice.take('github', stop.signal, call('stopped'))
  stop.abort()
  await expect(stopped).rejects.toThrow('This was stopped.')
  const next = alice.take('github', never, call('next'))
  for (let n = 0; n < 2; n++) {
    under[n]?.end()
    await settled()
  }
  expect(await Promise.all([first, next])).toEqual(['first', 'next'])
  expect(names()).toEqual(['first', 'next'])
})
