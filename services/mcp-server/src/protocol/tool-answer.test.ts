import type { Authorization } from '@agent-identity/contracts'
import { expect, test } from '@jest/globals'
import { resultOf, wordsFor } from './tool-answer.ts'

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

test('a provider without scopes is connected without a list of permissions', () => {
  const authorization = { displayName: 'Notion', id: 'r'.repeat(22) } as Authorization
  const asked = { authorization, permissions: [] }
  const [words] = resultOf({ outcome: 'consent-elsewhere', ...asked, minutesLeft: 9 }, 'https://app.example').content
  expect(words).toMatchObject({ text: expect.stringContaining('as the user of this client. Send') })
  expect(wordsFor({ outcome: 'consent-needed', ...asked })).toBe('To go on, connect Notion in your browser.')
})

test('a client that shows no links is told in words where to connect, for how long, and what it needs, without the link', () => {
  const authorization = { displayName: 'GitHub', id: 'r'.repeat(22) } as Authorization
  const elsewhere = {
    outcome: 'consent-elsewhere',
    authorization,
    permissions: ['See your profile'],
    minutesLeft: 9,
    why: 'It was refused.',
  } as const
  expect(resultOf(elsewhere, 'https://app.example')).toEqual({
    isError: true,
    content: [
      {
        type: 'text',
        text: 'It was refused. The user has to connect GitHub for this within 9 min, at https://app.example/connections, signed in there as the user of this client (it needs: “See your profile”). Send the same call again after that.',
      },
    ],
  })
})

test.each([
  ['chosen', 'before anything is changed at GitHub', ', or the user can switch the question off at'],
  ['always', 'before this is done at GitHub', undefined],
  ['unknown-account', 'before this is done outside of their own account at GitHub', 'once they have connected'],
] as const)('where the user is asked first (%s), the model is told where it can be done', (why, when, instead) => {
  const text = JSON.stringify(resultOf({ outcome: 'ask-first', displayName: 'GitHub', why }, 'https://app.example'))
  expect(text).toContain(when)
  expect(text).toContain('It can be done in the chat at https://app.example')
  expect(text.includes('https://app.example/connections')).toBe(instead !== undefined)
  expect(text).toContain(instead ?? 'https://app.example."')
})
