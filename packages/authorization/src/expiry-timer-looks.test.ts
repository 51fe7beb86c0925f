import { createLogger, type RedisClient } from '@agent-identity/service-runtime'
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { startExpiryTimer } from './expiry-timer.ts'

const NOW = 1_900_000_000_000
beforeEach(() => void jest.useFakeTimers({ now: NOW }))
afterEach(() => void jest.useRealTimers())

function start(due: [id: string, at: number][]) {
  const scores = new Map(due)
  const sorted = () => [...scores].sort(([, one], [, other]) => one - other)
  const looks: number[] = []
  const settled: string[] = []
  const logged: unknown[] = []
  let failure: Error | undefined
  let whenSettling = async (): Promise<void> => undefined
  const redis = {
    status: 'ready',
    async zrangebyscore(_key: string, _from: string, to: number) {
      looks.push(Date.now() - NOW)
      if (failure) throw failure
      return sorted().flatMap(([id, at]) => (at <= to ? [id] : []))
    },
    zrange: async (...[, , , how]: unknown[]) =>
      sorted()[0]
        ?.slice(0, how === 'WITHSCORES' ? 2 : 1)
        .map(String) ?? [],
    async zadd(_key: string, _existing: string, at: number, id: string) {
      if (!Number.isFinite(at)) throw new Error('ERR value is not a valid float')
      if (scores.has(id)) scores.set(id, at)
    },
  }
  const timer = startExpiryTimer<string>({
    redis: redis as unknown as RedisClient,
    key: 'due',
    what: 'erasures',
    async settle(id) {
      await whenSettling()
      scores.delete(id)
      settled.push(id)
      return 'settled'
    },
    clock: () => Date.now(),
    log: Object.assign(createLogger({ service: 'test', level: 'silent' }), {
      error: (what: unknown) => void logged.push(what),
    }),
  })
  return {
    ...{ timer, scores, looks, settled, logged },
    failWith: (error: Error | undefined) => {
      failure = error
    },
    whenSettling: (then: () => Promise<void>) => {
      whenSettling = then
    },
  }
}

const away = () => Object.assign(new Error('Redis is away'), { code: 'ECONNREFUSED' })

test.each([
  ['nothing is due: another replica may add something', [], 5_000],
  ['the next one is due late', [['late', NOW + 60_000]], 5_000],
  ['the next one is due soon', [['soon', NOW + 1_234]], 1_234],
  ['the next one is due at once', [['next', NOW + 1]], 50],
] as [string, [string, number][], number][])('the second look is when it has to be: %s', async (_when, due, after) => {
  const { timer, looks, settled, logged } = start(due)
  await jest.advanceTimersByTimeAsync(after)
  expect([looks, logged]).toEqual([[0, after], []])
  expect(settled).toEqual(due.flatMap(([id, at]) => (at <= NOW + after ? [id] : [])))
  timer.stop()
})

test('while Redis is away there is a look every second, nothing is postponed and nothing logged; the first look after that settles it', async () => {
  const { timer, looks, settled, logged, scores, whenSettling, failWith } = start([['due', NOW]])
  whenSettling(() => Promise.reject(away()))
  await jest.advanceTimersByTimeAsync(0)
  expect([settled, logged, scores.get('due')]).toEqual([[], [], NOW])
  whenSettling(async () => undefined)
  failWith(away())
  await jest.advanceTimersByTimeAsync(1_000)
  failWith(undefined)
  await jest.advanceTimersByTimeAsync(1_000)
  expect([looks, settled, logged]).toEqual([[0, 1_000, 2_000], ['due'], []])
  timer.stop()
})

test('a look that fails for another reason is logged, and the next one comes a second later', async () => {
  const { timer, looks, logged, failWith } = start([])
  const err = new Error('the key has another type')
  failWith(err)
  await jest.advanceTimersByTimeAsync(5_000)
  failWith(undefined)
  await jest.advanceTimersByTimeAsync(1_000)
  expect([looks, logged]).toEqual([[0, 5_000, 6_000], [{ err, key: 'due' }]])
  timer.stop()
})

test('what cannot be settled is due again half a minute later', async () => {
  const { timer, logged, scores, settled, whenSettling } = start([['broken', NOW]])
  whenSettling(() => Promise.reject(new Error('an unreadable record')))
  await jest.advanceTimersByTimeAsync(0)
  expect([logged.length, scores.get('broken')]).toEqual([1, NOW + 30_000])
  whenSettling(async () => undefined)
  await jest.advanceTimersByTimeAsync(29_999)
  expect(settled).toEqual([])
  await jest.advanceTimersByTimeAsync(1)
  expect(settled).toEqual(['broken'])
  timer.stop()
})

test.each(['asleep', 'settling'])('no look comes after it was stopped while it was %s', async (when) => {
  const going = Promise.withResolvers<void>()
  const { timer, looks, whenSettling } = start([['due', NOW]])
  if (when === 'settling') whenSettling(() => going.promise)
  await jest.advanceTimersByTimeAsync(0)
  timer.stop()
  going.resolve()
  await jest.advanceTimersByTimeAsync(60_000)
  expect(looks).toEqual([0])
})
