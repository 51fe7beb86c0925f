import { describe, expect, test } from '@jest/globals'
import { type Broken, complaintsOf, examineStage } from './examine-stage.ts'

/** `complaints`: doctor's findings as `check: sentence`, without those to compare by hand. */
export type BrokenThing = readonly [what: string, broken: Broken, complaints: readonly string[]]

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
