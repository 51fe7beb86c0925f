import { describe, expect, test } from '@jest/globals'
import { ConnectionRecord } from './connection.ts'
import {
  grantedOfAsked,
  grantedScopes,
  lackingScopes,
  leftOutScopes,
  missingScopes,
  scopesOfCall,
} from './granted-scopes.ts'
import type { Provider } from './provider.ts'

const TWO_NAMES = { email: ['userinfo.email'], 'userinfo.email': ['email'], all: ['email'] }
const provider: Provider = {
  id: 'github',
  displayName: 'GitHub',
  credential: 'user',
  baseScopes: ['profile'],
  scopeDescriptions: { profile: 'P', public: 'U', repo: 'R' },
  includedScopes: { repo: ['public'], public: ['stars'], user: ['profile'], ...TWO_NAMES },
  customParameters: {},
}
const connected = (scopes: string, granted?: string, entries: string[] = []) =>
  ConnectionRecord.parse({
    status: 'connected',
    scopes,
    granted,
    entries: entries.map((one) => ({ scopes: one, parameters: {} })),
  })

test('nothing is granted without a connection, and nothing where the vendor says so', () => {
  expect([grantedScopes(undefined), grantedScopes(connected('profile', ''))]).toEqual([[], []])
})

test('scopes that include each other are granted together', () => {
  const inCircle = { ...provider, includedScopes: { repo: ['public'], public: ['repo', 'stars'] } }
  expect(lackingScopes(inCircle, ['public'], ['repo', 'stars', 'profile'])).toEqual(['profile'])
})

test('a vendor may name a scope like a member that every object has', () => {
  const granted = 'constructor __proto__ toString repo'
  expect(leftOutScopes(provider, connected('profile public', granted))).toEqual(['profile'])
})

describe('of what was granted', () => {
  test.each([
    ['all that was asked for is kept', ['profile', 'repo'], ['profile', 'repo'], ['profile', 'repo']],
    ['what was not asked for is left out', ['admin', 'profile'], ['profile'], ['profile']],
    ['of a wider scope what was asked for is kept', ['repo', 'user'], ['profile', 'public'], ['profile', 'public']],
    ['a narrower scope than was asked for is kept', ['stars'], ['repo'], ['stars']],
    ['a scope that another granted one includes is left out', ['public', 'repo'], ['public', 'repo'], ['repo']],
    ['nothing is kept where nothing was granted', [], ['profile'], []],
    ['two names of one scope are kept', ['userinfo.email'], ['email'], ['email', 'userinfo.email']],
    ['two names of one scope are left out beside a wider one', ['all', 'email'], ['all', 'email'], ['all']],
  ])('%s', (_what, granted, asked, kept) => {
    expect(grantedOfAsked(provider, granted, asked)).toEqual(kept)
  })
})

describe('a call', () => {
  test.each([
    [
      'without a connection: the base set and what it needs',
      undefined,
      ['public'],
      'profile public',
      ['public'],
      false,
    ],
    ['that is granted: what was asked for, unchanged', connected('profile repo'), ['repo'], 'profile repo', [], false],
    [
      'for what a granted scope includes',
      connected('profile repo', 'repo user'),
      ['public', 'profile'],
      'profile repo',
      [],
      false,
    ],
    ['for what is included in an included scope', connected('repo', 'repo'), ['stars'], 'repo', [], false],
    [
      'that is granted, where something else was left out',
      connected('profile repo', 'profile'),
      ['profile'],
      'profile repo',
      [],
      false,
    ],
    [
      'for more: what is granted and what it needs',
      connected('profile', 'profile'),
      ['repo'],
      'profile repo',
      ['repo'],
      false,
    ],
    [
      'for what was left out: it starts over',
      connected('profile repo', 'profile'),
      ['repo'],
      'profile repo',
      ['repo'],
      true,
    ],
    [
      'for more, after something else was left out: without what was left out',
      connected('profile public', 'profile'),
      ['repo'],
      'profile repo',
      ['repo'],
      false,
    ],
    [
      'for what was left out of an earlier consent',
      connected('profile public', 'profile', ['profile repo']),
      ['repo'],
      'profile repo',
      ['repo'],
      true,
    ],
    [
      'for more, where an earlier consent left out something else: it does not start over',
      connected('profile', 'profile', ['profile public']),
      ['repo'],
      'profile repo',
      ['repo'],
      false,
    ],
    [
      'that is granted, where the provider describes none of the scopes that were asked for any more',
      connected('old', 'profile', ['profile']),
      ['profile'],
      'profile',
      [],
      false,
    ],
    ['with everything left out', connected('profile', ''), ['profile'], 'profile', ['profile'], true],
    [
      'that is granted, where the provider does not describe one of the scopes that were asked for any more',
      connected('old profile'),
      ['profile'],
      'profile',
      [],
      false,
    ],
  ] as const)('%s', (_what, connection, needed, scopes, lacking, isForLess) => {
    expect(scopesOfCall(provider, connection, needed)).toEqual({ scopes: scopes.split(' '), lacking, isForLess })
  })
})

test('a connection misses what was left out, and what the base set has got since; what the vendor does not say counts as granted', () => {
  expect(missingScopes(provider, connected('profile repo', 'profile'))).toEqual(['repo'])
  expect(missingScopes(provider, connected('repo', 'repo'))).toEqual(['profile'])
  expect(missingScopes(provider, connected('profile repo'))).toEqual([])
  expect(leftOutScopes(provider, connected('repo', ''))).toEqual(['repo'])
  expect(leftOutScopes(provider, undefined)).toEqual([])
})
