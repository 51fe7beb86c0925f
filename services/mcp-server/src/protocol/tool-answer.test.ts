import { expect, test } from '@jest/globals'
import { resultOf } from './tool-answer.ts'

test('a call that was done before says first that nothing was done now, also to programs', () => {
  const result = { title: 'Lunch' }
  const again = resultOf({ outcome: 'done', result, repeated: true }, 'https://app.example')
  expect(again).toMatchObject({ structuredContent: result, _meta: { repeated: true } })
  expect(again.content).toMatchObject([
    { text: expect.stringContaining('Nothing was done now, it was done before') },
    { text: JSON.stringify(result) },
  ])
  const first = resultOf({ outcome: 'done', result, repeated: false }, 'https://app.example')
  expect(first).toEqual({ structuredContent: result, content: [{ type: 'text', text: JSON.stringify(result) }] })
})
