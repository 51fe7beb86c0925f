import { beforeEach, describe, expect, jest, test } from '@jest/globals'
import { z } from 'zod'
import type { Logger } from './logger.ts'
import { createRecordSealer, createSealedRecord, type SealedRecord } from './sealed-record.ts'
import { createSealer, UnsealError } from './sealing.ts'

const ring = { sealWith: 'k', keys: { k: 'k'.repeat(43) } }
const Schema = z.object({ owner: z.string() })
const warn = jest.fn()
const log = { warn } as unknown as Logger

let record: SealedRecord<z.infer<typeof Schema>>
beforeEach(() => {
  warn.mockClear()
  record = createSealedRecord(ring, 'thing', Schema, log)
})

test('opens where it was sealed, and logs nothing', () => {
  expect(record.open(record.seal({ owner: 'alice' }, 'here'), 'here')).toEqual({ owner: 'alice' })
  expect(warn).not.toHaveBeenCalled()
})

describe('counts as absent', () => {
  const sealedText = (text: string) => createSealer(ring, 'thing').seal(text, 'here')

  test.each([
    ['what was sealed elsewhere', () => record.seal({ owner: 'alice' }, 'there')],
    [
      'a record with another purpose',
      () => createSealedRecord(ring, 'other', Schema, log).seal({ owner: 'alice' }, 'here'),
    ],
    ['what was never sealed', () => JSON.stringify({ owner: 'alice' })],
    ['invalid JSON', () => sealedText('{')],
    ['another shape', () => sealedText('{"owner":1}')],
  ])('%s', (_name, sealed) => {
    expect(record.open(sealed(), 'here')).toBeUndefined()
    expect(warn.mock.calls).toEqual([[{ record: 'thing' }, expect.any(String)]])
  })
})

test('a programming error does not count as absence', () => {
  const broken = Schema.transform((): never => {
    throw new TypeError('a mistake')
  })
  const mistaken = createSealedRecord<{ owner: string }>(ring, 'thing', broken, log)
  expect(() => mistaken.open(record.seal({ owner: 'alice' }, 'here'), 'here')).toThrow('a mistake')
})

describe.each([
  ['a sealed record', () => (place: string) => record.open('garbage', place)],
  [
    'a sealer of records',
    () => {
      const sealer = createRecordSealer(ring, 'thing', log)
      return (place: string) => expect(() => sealer.open('garbage', place)).toThrow(UnsealError)
    },
  ],
])('%s', (_what, opening) => {
  test('warns once for each place, for up to a thousand places', () => {
    const open = opening()
    for (let place = 0; place < 1_000; place++) open(`place ${place}`)
    open('place 0')
    expect(warn).toHaveBeenCalledTimes(1_000)
    // At one place more, the thousand before it are forgotten.
    open('place 1000')
    open('place 0')
    open('place 1000')
    expect(warn).toHaveBeenCalledTimes(1_002)
  })
})

test('a sealer of records opens what it has sealed, and logs only the purpose of what does not open', () => {
  const sealer = createRecordSealer(ring, 'thing', log)
  const sealed = sealer.seal('of alice', 'here')
  expect(sealer.open(sealed, 'here')).toBe('of alice')
  expect(warn).not.toHaveBeenCalled()
  expect(() => sealer.open(sealed, 'there')).toThrow(UnsealError)
  expect(warn.mock.calls).toEqual([[{ record: 'thing' }, 'a sealed record does not open']])
})
