import { createHash } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { canonicalRequest } from './canonical-request.ts'

const request = (target: string, headers: Record<string, string[]> = {}) => ({
  method: 'GET',
  target,
  headers: new Map(Object.entries(headers)),
  body: new Uint8Array(),
})

test('agrees with the worked example AWS published (ListUsers, 20150830T123600Z)', () => {
  const canonical = canonicalRequest(
    request('/?Action=ListUsers&Version=2010-05-08', {
      'content-type': ['application/x-www-form-urlencoded; charset=utf-8'],
      host: ['iam.amazonaws.com'],
      'x-amz-date': ['20150830T123600Z'],
    }),
    ['content-type', 'host', 'x-amz-date'],
  )
  expect(createHash('sha256').update(canonical).digest('hex')).toBe(
    'f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59',
  )
})

const line = (target: string, number: number) => canonicalRequest(request(target), []).split('\n')[number]

test.each([
  ['/', '/'],
  ['/a/b', '/a/b'],
  ['/a//b/./c/../d', '/a/b/d'],
  ['/../a', '/a'],
  ['/a/', '/a/'],
  ['/tags/arn%3Aaws%2Fb', '/tags/arn%253Aaws%252Fb'],
  ["/!'()*", '/%21%27%28%29%2A'],
])('the path %s is encoded once more: %s', (target, expected) => {
  expect(line(target, 1)).toBe(expected)
})

test.each([
  ['/?b=2&a=1', 'a=1&b=2'],
  ['/?a=2&a=1', 'a=1&a=2'],
  ['/?a', 'a='],
  ['/?a=b=c', 'a=b%3Dc'],
  ['/?a=%7E%2a', 'a=~%2A'],
  ['/?a=+', 'a=%2B'],
  ['/?a=%', 'a=%25'],
  ['/?B=1&a=1', 'B=1&a=1'],
])('the query of %s is sorted and encoded again: %s', (target, expected) => {
  expect(line(target, 2)).toBe(expected)
})

test('header values are trimmed, their inner spaces folded, repeated ones joined', () => {
  const canonical = canonicalRequest(request('/', { a: ['  x   y '], b: ['1', ' 2'] }), ['a', 'b'])
  expect(canonical.split('\n').slice(3, 5)).toEqual(['a:x y', 'b:1,2'])
})
