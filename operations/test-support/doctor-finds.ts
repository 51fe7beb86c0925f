import { describe, expect, test } from '@jest/globals'
import { type Broken, complaintsOf, examineStage } from './examine-stage.ts'

/** One thing that is broken, and all that doctor complains of because of it, as `check: sentence`. */
export type BrokenThing = readonly [what: string, broken: Broken, complaints: readonly string[]]

/** A test for each of them: doctor finds it, calls it wrong, says how to mend it, and complains of nothing else. */
export function doctorFinds(things: readonly BrokenThing[]): void {
  describe('doctor finds', () => {
    test.each(things)('%s, and complains of nothing else', async (_what, broken, complaints) => {
      const { results } = await examineStage(broken)
      expect(complaintsOf(results)).toEqual(complaints)
      const wrong = results.flatMap(({ findings }) => findings).filter((finding) => finding.kind === 'wrong')
      expect(wrong).toHaveLength(complaints.length)
      expect(wrong.every(({ mend }) => mend.length > 10)).toBe(true)
    })
  })
}
