import { expect, test } from '@jest/globals'
import { totp, untilNextStepMs } from './totp.ts'

/** RFC 6238, appendix B, whose codes have two more digits in front. */
const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'

test.each([
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [20_000_000_000, '353130'],
])('the code at second %d is that of the RFC', (seconds, code) => {
  expect(totp(SECRET, seconds * 1_000)).toBe(code)
})

test('the next code is due when the step ends', () => {
  expect(untilNextStepMs(59_000)).toBe(1_000)
  expect(untilNextStepMs(60_000)).toBe(30_000)
})
