import { describe, expect, test } from '@jest/globals'
import { grantedOfAsked, lackingScopes } from './granted-scopes.ts'
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

test('scopes that include each other are granted together', () => {
  const inCircle = { ...provider, includedScopes: { repo: ['public'], public: ['repo', 'stars'] } }
  expect(lackingScopes(inCircle, ['public'], ['repo', 'stars', 'profile'])).toEqual(['profile'])
})

test('a vendor may name a scope like a member that every object has', () => {
  const granted = ['constructor', '__proto__', 'toString', 'repo']
  expect(lackingScopes(provider, granted, ['profile', 'public'])).toEqual(['profile'])
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
