import { expect, test } from '@jest/globals'
import type { Place } from './place/place.ts'
import { Mask } from './report/mask.ts'
import { runVerification } from './run-verification.ts'

test('a run that fails says what it could not remove', async () => {
  const said: string[] = []
  const place = { secrets: [], removeLeftovers: async () => 0, close: async () => 2 } as unknown as Place
  const run = runVerification(place, new Mask(), {
    long: false,
    stopped: new AbortController().signal,
    launch: () => Promise.reject(new Error('Chromium is not installed')),
    say: (sentence) => said.push(sentence),
  })
  await expect(run).rejects.toThrow('Chromium is not installed')
  expect(said).toEqual([
    'Removing the temporary resources.',
    '2 things could not be removed; a run that begins three hours later tries again.',
  ])
})
