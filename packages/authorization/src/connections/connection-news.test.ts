import { type ConnectionRef, disconnectionIdOf } from '@agent-identity/contracts'
import { expect, test } from '@jest/globals'
import { UNNAMED } from '../test-support/disconnecting.ts'
import { createConnectionNews } from './connection-news.ts'

const OTHER: ConnectionRef = { ...UNNAMED, provider: 'github' }
const LONG_MS = 60_000

test('what waits for a change of a connection looks again after each, also after one during its look, and not after one of another connection', async () => {
  const news = createConnectionNews()
  const looks: string[] = []
  const first = Promise.withResolvers<void>()
  const found = news.until(
    [UNNAMED],
    async () => {
      looks.push('look')
      if (looks.length === 1) news.tell(disconnectionIdOf(UNNAMED))
      if (looks.length === 2) first.resolve()
      return looks.length === 3
    },
    LONG_MS,
  )
  await first.promise
  news.tell(disconnectionIdOf(OTHER))
  await new Promise(setImmediate)
  expect([looks.length, news.isAwaited()]).toEqual([2, true])
  news.tell(disconnectionIdOf(UNNAMED))
  expect([await found, looks.length, news.isAwaited()]).toEqual([true, 3, false])
})

test('everything that waits looks again when it is not known which connection has changed', async () => {
  const news = createConnectionNews()
  let isSo = false
  const both = [UNNAMED, OTHER].map((ref) => news.until([ref], async () => isSo, LONG_MS))
  isSo = true
  news.tell()
  expect(await Promise.all(both)).toEqual([true, true])
})

test('what waits looks a last time when the time is over', async () => {
  const news = createConnectionNews()
  let looks = 0
  expect(await news.until([UNNAMED], async () => ++looks > 1, 1)).toBe(true)
  expect([await news.until([UNNAMED], async () => false, 1), news.isAwaited()]).toEqual([false, false])
})
