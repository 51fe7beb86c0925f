import { expect, test } from '@jest/globals'
import { TokenVault } from './token-vault.ts'

const token = (accessToken: string, ids: { providerInstanceId?: string; workloadInstanceId?: string } = {}) => ({
  principal: { kind: 'user-id' as const, userId: 'u' },
  scopes: [],
  providerInstanceId: 'p',
  workloadInstanceId: 'w',
  refreshToken: undefined,
  expiresAt: undefined,
  accessToken,
  ...ids,
})

test('drops the least recently used token when it holds too many characters', () => {
  const vault = new TokenVault()
  const large = 'x'.repeat(100 * 1024 * 1024)
  vault.put('a', token(large))
  vault.put('b', token(large))
  vault.get('a')
  vault.put('c', token(large))
  expect(['a', 'b', 'c'].map((key) => vault.get(key) !== undefined)).toEqual([true, false, true])
})

test('subtracts the size of removed tokens', () => {
  const vault = new TokenVault()
  const large = 'x'.repeat(100 * 1024 * 1024)
  for (const key of ['a', 'b', 'c', 'd']) {
    vault.put(key, token(large))
    vault.delete(key)
  }
  vault.put('a', token(large))
  vault.put('a', token(large))
  vault.put('b', token(large))
  expect(vault.get('a')).toBeDefined()
})

test('removes all tokens of a provider or of a workload, and no others', () => {
  const vault = new TokenVault()
  vault.put('a', token('1', { providerInstanceId: 'gone' }))
  vault.put('b', token('2', { workloadInstanceId: 'gone' }))
  vault.put('c', token('3'))
  vault.deleteAllOf('gone')
  expect(['a', 'b', 'c'].map((key) => vault.get(key)?.accessToken)).toEqual([undefined, undefined, '3'])
})
