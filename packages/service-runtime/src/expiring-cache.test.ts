import { expect, test } from '@jest/globals'
import { createExpiringCache } from './expiring-cache.ts'

function cacheAt(start: number, maxEntries?: number) {
  const time = { now: start }
  const cache = createExpiringCache<string>({ clock: () => time.now, ...(maxEntries && { maxEntries }) })
  let loads = 0
  const load = (usableUntil?: number) => async () => {
    loads += 1
    return { value: `value ${loads}`, usableUntil }
  }
  return { cache, time, load }
}

test('keeps a value of each key until exactly its expiry', async () => {
  const { cache, time, load } = cacheAt(0)
  expect(await cache.get('a', load(10))).toBe('value 1')
  time.now = 9
  expect(await cache.get('a', load(20))).toBe('value 1')
  expect(await cache.get('b', load(20))).toBe('value 2')
  time.now = 10
  expect(await cache.get('a', load(20))).toBe('value 3')
})

test('does not keep a value without an expiry, or one that has expired', async () => {
  const { cache, load } = cacheAt(5)
  expect(await cache.get('a', load())).toBe('value 1')
  expect(await cache.get('a', load(5))).toBe('value 2')
  expect(await cache.get('a', load(6))).toBe('value 3')
  expect(await cache.get('a', load(6))).toBe('value 3')
})

test('loads once for concurrent callers, and again after a failure', async () => {
  const { cache, load } = cacheAt(0)
  const failing = () => Promise.reject(new Error('away'))
  const asked = [cache.get('a', failing), cache.get('a', load(10))]
  for (const answer of asked) await expect(answer).rejects.toThrow('away')
  expect(await Promise.all([cache.get('a', load(10)), cache.get('a', load(10))])).toEqual(['value 1', 'value 1'])
})

test('does not keep what was dropped while it was being loaded', async () => {
  const { cache, load } = cacheAt(0)
  const asked = cache.get('alice github', load(10))
  cache.drop((key) => key.startsWith('alice '))
  expect(await asked).toBe('value 1')
  expect(await cache.get('alice github', load(10))).toBe('value 2')
  cache.drop((key) => key.startsWith('alice '))
  await cache.get('bob github', load(10))
  cache.drop((key) => key.startsWith('alice '))
  expect(await cache.get('bob github', load(10))).toBe('value 3')
  expect(await cache.get('alice github', load(10))).toBe('value 4')
})

test('forgets the least recently used beyond its size', async () => {
  const { cache, load } = cacheAt(0, 2)
  await cache.get('a', load(10))
  await cache.get('b', load(10))
  await cache.get('a', load(10))
  await cache.get('c', load(10))
  expect(await cache.get('a', load(10))).toBe('value 1')
  expect(await cache.get('b', load(10))).toBe('value 4')
})
