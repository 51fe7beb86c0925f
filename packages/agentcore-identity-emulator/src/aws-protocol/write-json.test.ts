import { expect, test } from '@jest/globals'
import { epochSeconds } from './timestamps.ts'
import { writeJson } from './write-json.ts'

test.each([
  [1_790_584_112_943, '1.790584112943E9'],
  [1_790_584_112_000, '1.790584112E9'],
  [0, '0E0'],
])('the time %i is written as %s', (milliseconds, text) => {
  const written = writeJson({ createdTime: epochSeconds(milliseconds), list: [epochSeconds(milliseconds)] })
  expect(written).toBe(`{"createdTime":${text},"list":[${text}]}`)
  expect(JSON.parse(written).createdTime).toBe(milliseconds / 1000)
})

test.each([
  [{}],
  [{ name: 'a', absent: undefined, nothing: null, yes: true, count: 1.5, '"quoted\n': '\u2028"\\\ud800</script>' }],
  [{ list: [], lists: [[1], ['a', null, { deep: { deeper: [] } }]], 1: 'first' }],
  [Object.assign(Object.create({ inherited: 1 }), { own: 1 })],
  ['1.790584112943E9'],
])('%j is written as by JSON.stringify', (value) => {
  expect(writeJson(value)).toBe(JSON.stringify(value))
})
