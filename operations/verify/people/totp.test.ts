import { expect, test } from '@jest/globals'
import { totp, untilNextStepMs } from './totp.ts'

/** RFC 6238, appendix B: the secret is "12345678901234567890". The codes are the last six of the eight digits there. */
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
