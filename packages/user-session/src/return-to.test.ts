import { describe, expect, test } from '@jest/globals'
import { parseReturnTo } from './return-to.ts'

const PUBLIC_URL = 'https://app.example'

describe('the return path after a sign-in', () => {
  test.each([
    ['another site', 'https://evil.example/'],
    ['this site, as a full URL', 'https://app.example/connections'],
    ['another site without a scheme', '//evil.example/'],
    ['another site’s page, on our host', '//evil.example/connections'],
    ['a backslash', '/\\evil.example/'],
    ['a backslash further on', '/connections\\..\\evil'],
    ['a tab that browsers drop', '/\t/evil.example/'],
    ['a newline', '/a\r\nLocation: https://evil.example'],
    ['a null', '/a\0'],
    ['a space', '/ /evil.example'],
    ['something other than ASCII', '/／evil.example'],
    ['a scheme that runs', 'javascript:alert(1)'],
    ['a relative path', 'connections'],
    ['the end of the host', '.evil.example/'],
    ['a user name', '@evil.example/'],
    ['nothing', ''],
    ['a path that is too long', `/${'a'.repeat(512)}`],
    ['an invalid port', '//a:b'],
  ])('never leads to %s', (_what, value) => {
    expect(parseReturnTo([value], PUBLIC_URL)).toBe('/')
  })

  test('is the front page when there is none or more than one', () => {
    expect(parseReturnTo([], PUBLIC_URL)).toBe('/')
    expect(parseReturnTo(['/connections', '/connections'], PUBLIC_URL)).toBe('/')
  })

  test.each([
    ['/', '/'],
    ['/connections?from=mail&x=%2F%2Fevil.example#top', '/connections?from=mail&x=%2F%2Fevil.example#top'],
    ['/a/../connections', '/connections'],
    [`/${'a'.repeat(511)}`, `/${'a'.repeat(511)}`],
  ])('accepts the path %s', (value, path) => {
    expect(parseReturnTo([value], PUBLIC_URL)).toBe(path)
  })

  test.each(['/.//evil.example/', '/a/..//evil.example', '/%09//evil.example', '/@evil.example'])(
    'stays on this origin when %s is appended to it',
    (value) => {
      const path = parseReturnTo([value], PUBLIC_URL)
      expect(path.startsWith('/')).toBe(true)
      expect(new URL(PUBLIC_URL + path).origin).toBe(PUBLIC_URL)
    },
  )
})
