import { expect, test } from '@jest/globals'
import { everyAnswer } from '../support/every-answer.ts'
import { signedIn, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()

test('every answer has a content type and nosniff, and data never has the type of a page or a script', async () => {
  const answers = await everyAnswer(await signedIn(stack))
  for (const { name, answer } of answers) {
    expect([name, answer.headers['x-content-type-options']]).toEqual([name, 'nosniff'])
    const type = answer.headers['content-type']
    if (answer.body !== '') expect([name, type]).toEqual([name, expect.stringMatching(/^[a-z]+\/[a-z+.-]+/)])
    const looksLikeData = /^\s*[{[]/.test(answer.body)
    if (looksLikeData) expect([name, type]).toEqual([name, expect.stringMatching(/^application\/(problem\+)?json\b/)])
    if (name.startsWith('GET /api/') && answer.status < 300)
      expect([name, type]).toEqual([name, expect.stringMatching(/^(application\/json|text\/event-stream)\b/)])
    if (type?.startsWith('text/html'))
      expect([name, answer.body]).toEqual([name, expect.stringMatching(/^(<!doctype html>|<p>|Found|See Other|$)/i)])
  }
  const types = new Set(answers.map(({ answer }) => answer.headers['content-type']?.split(';')[0]))
  for (const type of ['text/html', 'text/javascript', 'text/css', 'image/svg+xml', 'text/event-stream'])
    expect(types).toContain(type)
})
