import { expect, test } from '@jest/globals'
import { createStartUp } from './start-up.ts'

test('the signal is aborted when a part has failed: the other parts need not wait any more', async () => {
  const startUp = createStartUp({})
  const failed = new Error('a stand-in did not start')
  const endless = new Promise(() => {})
  await expect(startUp.until([endless, Promise.reject(failed)])).rejects.toBe(failed)
  expect(startUp.signal.aborted).toBe(true)
  expect(startUp.signal.reason).toBe(failed)
})

test('the signal is not aborted by a start that succeeds', async () => {
  const startUp = createStartUp({})
  await startUp.until([Promise.resolve(), undefined])
  expect(startUp.signal.aborted).toBe(false)
})
