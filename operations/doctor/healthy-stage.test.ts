import { describe, expect, test } from '@jest/globals'
import { callbackUrlOf, complaintsOf, examineStage } from '../test-support/examine-stage.ts'
import { CHECKS_OF_STAGE } from './checks/index.ts'

describe('doctor, of a stage that is in order', () => {
  test('has nothing to say but which callback URL to compare at the vendor', async () => {
    const { results } = await examineStage()
    expect(complaintsOf(results)).toEqual([])
    expect(results.flatMap(({ findings }) => findings)).toEqual([
      { kind: 'by hand', what: expect.stringContaining(callbackUrlOf('github')) },
    ])
    expect(results).toHaveLength(1 + CHECKS_OF_STAGE.length)
  })

  test('asks for nothing but descriptions and lists', async () => {
    const { calls } = await examineStage()
    expect(calls.length).toBeGreaterThan(40)
    const reading = /:(Get|List|Describe|Simulate)[A-Z]/
    expect(calls.filter((operation) => !reading.test(operation))).toEqual([])
  })
})
