import { expect, test } from '@jest/globals'
import { remembered } from './remembered.ts'

test('a result is computed once, until too many arguments were seen', () => {
  const asked: string[] = []
  const upper = remembered(2, (question) => {
    asked.push(question)
    return question.toUpperCase()
  })
  expect([upper('a'), upper('b'), upper('a'), upper('b')]).toEqual(['A', 'B', 'A', 'B'])
  expect(asked).toEqual(['a', 'b'])
  expect([upper('c'), upper('c'), upper('a')]).toEqual(['C', 'C', 'A'])
  expect(asked).toEqual(['a', 'b', 'c', 'a'])
})
