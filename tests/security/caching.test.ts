import { expect, test } from '@jest/globals'
import { everyAnswer } from '../support/every-answer.ts'
import { signedIn, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()

test('nothing that knows a user, refuses one or redirects one is kept by a browser or a cache; the page’s files are', async () => {
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

test('no answer tells another page where the user comes from: state and session URI travel in an address of ours', async () => {
  for (const { name, answer } of await everyAnswer(await signedIn(stack)))
    expect([name, answer.headers['referrer-policy']]).toEqual([name, 'no-referrer'])
})
