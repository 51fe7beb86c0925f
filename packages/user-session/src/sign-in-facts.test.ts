import { describe, expect, test } from '@jest/globals'
import { signInFactsOf } from './sign-in-facts.ts'

const cognito = { claim: 'cognito:groups', group: 'administrators' }

describe('a user is no administrator', () => {
  test.each([
    ['without the claim', {}],
    ['with the group in another claim', { groups: ['administrators'] }],
    ['with a group whose name begins like it', { 'cognito:groups': ['administrators-of-elsewhere'] }],
    ['with a text that contains it', { 'cognito:groups': 'users administrators' }],
    ['with another spelling', { 'cognito:groups': ['Administrators'] }],
    ['with the group deeper inside', { 'cognito:groups': [['administrators'], { name: 'administrators' }] }],
  ])('%s', (_when, claims) => {
    expect(signInFactsOf(claims, cognito)).toStrictEqual({})
  })

  test('where there is no such group', () => {
    expect(signInFactsOf({ 'cognito:groups': ['administrators'] }, undefined)).toStrictEqual({})
  })

  test('because of a member that every object has', () => {
    expect(signInFactsOf({}, { claim: 'constructor', group: String(Object) })).toStrictEqual({})
  })
})

test.each([
  ['in a list', ['users', 'administrators']],
  ['alone', 'administrators'],
])('a user whose claim names the group %s is an administrator', (_how, groups) => {
  expect(signInFactsOf({ 'cognito:groups': groups }, cognito)).toEqual({ administratorOf: 'administrators' })
})

test('the time at which the user proved who they are is taken as it is, or not at all', () => {
  expect(signInFactsOf({ sid: 's', auth_time: 1_700_000_000 }, undefined)).toEqual({
    sid: 's',
    authenticatedAt: 1_700_000_000_000,
  })
  for (const wrong of ['1700000000', -1, 0, 1.5, null])
    expect(signInFactsOf({ auth_time: wrong }, undefined)).toStrictEqual({})
})
