import { expect, test } from '@jest/globals'
import { everyAnswer } from '../support/every-answer.ts'
import { signedIn, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()

test('answers with user data, refusals and redirects are not cacheable; the page’s files are', async () => {
  const somebody = await signedIn(stack)
  const answers = await everyAnswer(somebody)
  const isAsset = ({ answer }: (typeof answers)[number]) =>
    answer.url.pathname.includes('/assets/') && answer.status === 200
  for (const { name, answer } of answers.filter((one) => !isAsset(one)))
    expect([name, answer.headers['cache-control'], answer.headers.etag]).toEqual([name, 'no-store', undefined])

  const assets = answers.filter(isAsset)
  expect(assets.length).toBeGreaterThan(5)
  for (const { name, answer } of assets) {
    expect([name, answer.headers['cache-control']]).toEqual([name, expect.stringMatching(/^public, /)])
    expect([name, answer.headers['set-cookie']]).toEqual([name, undefined])
    expect(answer.body).not.toContain(somebody.username)
  }
})

test('every answer forbids referrers, because our addresses contain state and session URI', async () => {
  for (const { name, answer } of await everyAnswer(await signedIn(stack)))
    expect([name, answer.headers['referrer-policy']]).toEqual([name, 'no-referrer'])
})
