import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { readRecordings } from './support/recording/recording.ts'
import { replay } from './support/recording/replay.ts'

const recordings = readRecordings(join(import.meta.dirname, 'live'))

describe.each(recordings)('$file', ({ text, recording }) => {
  const { name, date, region, confidence } = recording.source

  test(`${recording.what} (${confidence}: ${name}, ${date}${region ? `, ${region}` : ''})`, async () => {
    expect(await replay(recording)).toEqual([])
  })

  test('has at least one recorded answer, and no real account', () => {
    expect(recording.steps.some((step) => 'vendorSaw' in step || ('response' in step && step.response))).toBe(true)
    expect(date).toMatch(/^\d{4}(-\d{2}){0,2}/)
    // In recordings every AWS account is replaced by 123456789012.
    const accounts = new Set(text.match(/(?<![\w.-])\d{12}(?![\w-])/g) ?? [])
    accounts.delete('123456789012')
    expect([...accounts, ...(text.match(/\b(eyJ|AKIA|ASIA)\w{8}/g) ?? [])]).toEqual([])
  })
})
