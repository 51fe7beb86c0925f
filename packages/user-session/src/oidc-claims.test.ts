import { describe, expect, test } from '@jest/globals'
import { isAuthorizedParty, isName, sidOf, subjectOf, userFromClaims } from './oidc-claims.ts'

const person = { iss: 'https://issuer.example', sub: 'alice' }
const user = { issuer: 'https://issuer.example', subject: 'alice' }

describe('the user of an ID token', () => {
  test.each([
    ['by name', { name: ' Alice ', preferred_username: 'al', email: 'a@example.com' }, 'Alice'],
    ['by user name', { name: '', preferred_username: 'al', email: 'a@example.com' }, 'al'],
    ['by e-mail', { name: '  ', preferred_username: 1, email: 'a@example.com' }, 'a@example.com'],
  ])('is shown %s', (_how, claims, name) => {
    expect(userFromClaims({ ...person, ...claims })).toEqual({ ...user, name, email: 'a@example.com' })
  })

  test('is shown by their subject where there is nothing else', () => {
    expect(userFromClaims(person)).toEqual({ ...user, name: 'alice' })
  })

  test.each([
    ['a name', { name: 'n'.repeat(257) }, { name: 'n'.repeat(256) }],
    [
      'an e-mail address of 320 characters',
      { name: 'n', email: 'e'.repeat(320) },
      { name: 'n', email: 'e'.repeat(320) },
    ],
    ['a longer e-mail address, which is left out,', { name: 'n', email: 'e'.repeat(321) }, { name: 'n' }],
  ])('is not refused because of %s', (_what, claims, shown) => {
    expect(userFromClaims({ ...person, ...claims })).toEqual({ ...user, ...shown })
  })

  test.each([undefined, '', 1, 'a'.repeat(256)])('is refused with the subject %p, with or without a name', (sub) => {
    for (const name of ['Alice', undefined]) expect(userFromClaims({ ...person, sub, name })).toBeUndefined()
  })
})

test.each([
  [undefined, true],
  ['the-app', true],
  ['another-app', false],
  ['', false],
  [null, false],
])('the authorized party %p is us: %s', (azp, isUs) => {
  expect(isAuthorizedParty({ azp }, 'the-app')).toBe(isUs)
})

test.each([
  ['s', true],
  ['s'.repeat(255), true],
  ['s'.repeat(256), false],
  ['', false],
  [1, false],
  [undefined, false],
])('%p is a name of a session: %s', (sid, is) => {
  expect(isName(sid)).toBe(is)
  expect(sidOf({ sid })).toBe(is ? sid : undefined)
})

test('the subject of an ID token is read from its claims', () => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  expect(subjectOf(`${part({ sub: 'header' })}.${part({ sub: 'älice?' })}.signature`)).toBe('älice?')
})
