import { BROWSER_BINDING_COOKIE, type UserSessionRef } from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import { browserHash, browserSecret } from './browser-binding.ts'

const secret = 'A'.repeat(43)
const ours = `${BROWSER_BINDING_COOKIE}=${secret}`

describe('the browser binding', () => {
  test.each([
    ['alone', ours],
    ['among others', `a=b; ${ours};c=d`],
    ['beside a name that ends with its name', `x${ours}; ${ours}`],
    ['beside a value that looks like it', `a=${ours}; ${ours}`],
    ['beside a name in other letters', `${ours.toLowerCase()}; ${ours}`],
  ])('is read %s', (_name, header) => {
    expect(browserSecret(header)).toBe(secret)
  })

  test.each([
    ['there is no cookie', undefined],
    ['it is not among them', 'a=b'],
    ['it is there twice', `${ours}; ${BROWSER_BINDING_COOKIE}=${'B'.repeat(43)}`],
    ['it is there twice, the same', `${ours};${ours}`],
    ['it is there a second time, empty', `${ours}; ${BROWSER_BINDING_COOKIE}=`],
    ['it is there a second time, with a space before the equals sign', `${ours}; ${BROWSER_BINDING_COOKIE} =x`],
    ['it is cut', ours.slice(0, -1)],
    ['it is too long', `${ours}A`],
    ['it is quoted', `${BROWSER_BINDING_COOKIE}="${secret}"`],
  ])('is none when %s', (_name, header) => {
    expect(browserSecret(header)).toBeUndefined()
  })

  test('has another hash in another user session', () => {
    const [one, other] = ['a', 'b'].map((letter) => browserHash(secret, letter.repeat(22) as UserSessionRef))
    expect(one).not.toBe(other)
  })
})
