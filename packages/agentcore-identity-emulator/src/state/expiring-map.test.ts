import { expect, test } from '@jest/globals'
import { ExpiringMap } from './expiring-map.ts'

function create(limits: { maxEntries?: number; maxWeight?: number } = {}) {
  let now = 0
  const forgotten: string[] = []
  const map = new ExpiringMap<string>({
    lifetimeMs: 100,
    now: () => now,
    maxEntries: 3,
    maxWeight: 100,
    weigh: (value) => value.length,
    onForget: (value) => forgotten.push(value),
    ...limits,
  })
  return { map, forgotten, setNow: (value: number) => (now = value) }
}

test('an entry with a lifetime of 100 ms is there after 99 ms and gone after 100 ms', () => {
  const { map, setNow } = create()
  map.add('a', 'value')
  setNow(99)
  expect(map.get('a')).toBe('value')
  setNow(100)
  expect(map.get('a')).toBeUndefined()
})

test('takes no more entries than its limit, until the oldest have expired', () => {
  const { map, forgotten, setNow } = create()
  expect(['a', 'b', 'c', 'd'].map((key) => map.add(key, key))).toEqual([true, true, true, false])
  expect(map.get('d')).toBeUndefined()
  setNow(100)
  expect(map.add('d', 'd')).toBe(true)
  expect(forgotten).toEqual(['a', 'b', 'c'])
  expect(map.size).toBe(1)
})

test('counts the size of its entries', () => {
  const { map, setNow } = create({ maxWeight: 10 })
  expect(map.add('a', '123456')).toBe(true)
  expect(map.add('b', '12345')).toBe(false)
  expect(map.add('b', '1234')).toBe(true)
  setNow(100)
  expect(map.add('c', '1234567890')).toBe(true)
  map.clear()
  expect(map.add('d', '1234567890')).toBe(true)
})
