import { describe, expect, test } from '@jest/globals'
import { cookieOf, cookiesIn } from './cookies.ts'

const NAME = '__Host-ours'
const ours = `${NAME}=value`

describe('a cookie', () => {
  test.each([
    ['alone', ours],
    ['among others, with spaces and tabs around it', `a=b; \t${ours} \t;c=d`],
    ['with white space around its equals sign', `${NAME}\t= value`],
    ['percent-encoded', `${NAME}=v%61lue`],
    ['after a cookie without a name', `=x; y; ${ours}`],
    ['beside one whose name begins with byte A0', `${ours}; \u00a0${ours}x`],
    ['beside one whose name ends with byte A0', `${NAME}\u00a0=x; ${ours}`],
    ['beside names that begin with other characters that trim() removes', `\u000b${ours}x; \u000c${ours}x; ${ours}`],
    ['beside its name in other letters', `${ours.toUpperCase()}; ${ours}`],
    ['beside a value that looks like it', `a=${ours}; ${ours}`],
    ['beside names that objects have', `__proto__=x; constructor=y; ${ours}`],
  ])('is read %s', (_name, header) => {
    expect(cookieOf(header, NAME)).toBe('value')
  })

  test.each([
    ['there is no header', undefined],
    ['it has no equals sign', NAME],
    ['only one with byte A0 in front is there', `\u00a0${ours}`],
    ['it is there twice', `${ours}; ${NAME}=other`],
    ['it is there twice, the same', `${ours};${ours}`],
    ['it is there a second time, empty', `${ours}; ${NAME}=`],
    ['it is there a second time, behind a tab', `${ours};\t${NAME} =x`],
  ])('is none when %s', (_name, header) => {
    expect(cookieOf(header, NAME)).toBeUndefined()
  })
})

test('a cookie with the name of an inherited member is found only when it was sent', () => {
  expect(cookieOf('a=b', 'constructor')).toBeUndefined()
  expect(cookiesIn('__proto__=x')).toEqual([{ name: '__proto__', value: 'x', text: '__proto__=x' }])
})
