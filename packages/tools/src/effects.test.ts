import { expect, test } from '@jest/globals'
import { digestOf } from './effects.ts'

test.each([
  [{ a: 1 }, [['a', 1]]],
  [{}, []],
  [[{}], [[]]],
  [{ list: [] }, []],
  [{ a: {} }, { a: [] }],
  [[[['a', 1]]], [{ a: 1 }]],
])('%j and %j are not the same', (one, other) => {
  expect(digestOf(one)).not.toBe(digestOf(other))
})

test('the id of a change is the same as in earlier versions: waiting turns have stored it', () => {
  const input = { title: 'Lunch', guests: ['bob', 'carol'], where: { room: 1, floor: null } }
  expect(digestOf('turn', 'add_event', input)).toBe('33307483cff23d0fe307c93bf4cef6073f28a9c4843ab3dfc92fc36f25f57fd4')
})
