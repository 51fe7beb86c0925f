import { describe, expect, test } from '@jest/globals'
import { HOST_COOKIE, ignoreDuplicateHostCookies, removeCookies } from './host-cookies.ts'
import { createRecordedLog } from './test-support/recorded-log.ts'

test('a cookie of ours is what the `__Host-` prefix requires, not readable by scripts, and sent with a navigation from elsewhere', () => {
  expect(HOST_COOKIE).toEqual({ path: '/', secure: true, httpOnly: true, sameSite: 'lax' })
})

describe('of two cookies of one name', () => {
  function left(cookie: string | undefined) {
    const { log, matching } = createRecordedLog()
    const request = { headers: { ...(cookie !== undefined && { cookie }) } }
    ignoreDuplicateHostCookies(request, log)
    return { cookie: request.headers.cookie, warnings: matching('sent twice').length }
  }

  test.each([
    ['one after the other', '__Host-a=1; __Host-a=2; b=3', 'b=3'],
    ['with another in between', '__Host-a=1; b=3; __Host-a=2', 'b=3'],
    ['with the same value', '__Host-a=1; __Host-a=1; b=3', 'b=3'],
    ['three times', '__Host-a=1; __Host-a=2; __Host-a=3; b=3', 'b=3'],
    ['and of another one', '__Host-a=1; __Host-c=1; __Host-a=2; __Host-c=2; b=3', 'b=3'],
    ['beside one that came once', '__Host-a=1; __Host-c=1; __Host-a=2; b=3', '__Host-c=1;b=3'],
  ])('neither counts, and the others stay: %s', (_how, sent, kept) => {
    expect(left(sent)).toEqual({ cookie: expect.any(String), warnings: 1 })
    expect(left(sent).cookie?.replaceAll(' ', '')).toBe(kept)
  })

  test.each([
    ['no cookie', undefined],
    ['each of them once', '__Host-a=1; __Host-b=1; c=1'],
    ['twice, without the prefix', 'a=1; a=2; __Host-b=1'],
    ['twice, with the prefix further on', 'a__Host-=1; a__Host-=2'],
  ])('nothing is taken out otherwise: %s', (_what, sent) => {
    expect(left(sent)).toEqual({ cookie: sent, warnings: 0 })
  })
})

test('cookies are removed by name, and the others stay in their order', () => {
  const request = { headers: { cookie: 'a=1; b=2; c=3; bb=4' } }
  removeCookies(request, new Set(['b', 'x']))
  expect(request.headers.cookie.split(';').map((one) => one.trim())).toEqual(['a=1', 'c=3', 'bb=4'])
})
