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

test('a client that shows no links is told in words where the request is, for how long, and what it needs, without its link', () => {
  const elsewhere = { outcome: 'consent-elsewhere', displayName: 'GitHub', permissions: ['See your profile'] } as const
  expect(resultOf(elsewhere, 'https://app.example')).toEqual({
    isError: true,
    content: [
      {
        type: 'text',
        text: 'The user has to connect GitHub for this. Within 10 minutes they find the request at https://app.example/connections (it needs: “See your profile”). Send the same call again after that.',
      },
    ],
  })
})
