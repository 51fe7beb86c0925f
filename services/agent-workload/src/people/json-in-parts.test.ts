import { setImmediate } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { inParts, piecesOf, textOf, withoutIds } from './json-in-parts.ts'

const half = (letter: string) => letter.repeat(22)

const PARTS = [half('a'), half('-'), 'a'.repeat(21), 'b', '.', '..', ' ', 'ä']

test('finds what the plain expression finds', () => {
  let texts = ['']
  for (let times = 0; times < 5; times++) texts = texts.flatMap((text) => PARTS.map((part) => text + part))
  const wrong = texts.filter((text) => withoutIds(text) !== text.replaceAll(/[\w-]{22}\.[\w-]{22}/g, '…'))
  expect(wrong).toEqual([])
})

const ID = `${half('a')}.${half('b')}`
let deep: unknown = [ID, { [ID]: ID, startUrl: 'x' }]
for (let n = 0; n < 12; n++) deep = n % 2 ? [deep, null] : { [`n\n"${n}`]: deep, turnId: n, absent: undefined }

test.each([
  ['deep', deep],
  ['a text', `\t"${ID}`],
  ['nothing', null],
  ['an empty list', []],
  ['an empty object', { startUrl: 'x', absent: undefined }],
  ['holes', [undefined, 1, true, '', {}, [[]], { __proto__: null, a: -0 }]],
])('in pieces it is the same JSON: %s', (_what, value) => {
  expect(JSON.parse([...piecesOf({ value })].join(''))).toEqual(JSON.parse(textOf({ value })))
})

test('other work goes on between two parts', async () => {
  let turns = 0
  let isOver = false
  const counting = (async () => {
    for (; !isOver; turns++) await setImmediate()
  })()
  const memory = Array.from({ length: 200 }, () => 'x'.repeat(10_000))
  let parts = 0
  for await (const _ of inParts(piecesOf(memory))) parts++
  isOver = true
  await counting
  expect(parts).toBeGreaterThan(40)
  expect(turns).toBeGreaterThanOrEqual(parts - 1)
})
