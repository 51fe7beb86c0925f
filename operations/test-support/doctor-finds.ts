import { describe, expect, test } from '@jest/globals'
import type { Finding } from '../doctor/finding.ts'
import { type Broken, complaintsOf, examineStage, told } from './examine-stage.ts'

/** `sentences`: doctor's new findings as `check: sentence`. */
export type BrokenThing = readonly [what: string, broken: Broken, sentences: readonly string[]]

export function doctorFinds(things: readonly BrokenThing[]): void {
  describe('doctor finds', () => {
    test.each(things)('%s, and reports nothing else', async (_what, broken, complaints) => {
      const { results } = await examineStage(broken)
      expect(complaintsOf(results)).toEqual(complaints)
      const wrong = results.flatMap(({ findings }) => findings).filter((finding) => finding.kind === 'wrong')
      expect(wrong).toHaveLength(complaints.length)
      expect(wrong.every(({ mend }) => mend.length > 10)).toBe(true)
    })
  })
}

export function doctorSays(kind: Finding['kind'], things: readonly BrokenThing[]): void {
  describe(`doctor says, as ${kind}`, () => {
    test.each(things)('%s, and finds nothing wrong', async (_what, broken, sentences) => {
      const { results } = await examineStage(broken)
      expect(complaintsOf(results)).toEqual([])
      const before = told((await examineStage({ mcp: broken.mcp ?? false })).results, kind)
      expect(told(results, kind).filter((sentence) => !before.includes(sentence))).toEqual(sentences)
    })
  })
}
