import { createSecretKey } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import {
  issuerSessionRef,
  keyedFingerprint,
  logoutTokenHash,
  randomToken,
  sameHash,
  sha256,
  userRef,
  userSessionRef,
} from './fingerprint.ts'

describe('two hashes', () => {
  const hash = sha256('a secret')

  test('are the same when every character is', () => {
    expect(sameHash(hash, sha256('a secret'))).toBe(true)
  })

  test.each([
    ['another one', sha256('another secret')],
    ['its first character is another', `${hash.startsWith('A') ? 'B' : 'A'}${hash.slice(1)}`],
    ['its last character is another', `${hash.slice(0, -1)}${hash.endsWith('A') ? 'B' : 'A'}`],
    ['it is the beginning only', hash.slice(0, -1)],
    ['it is longer', `${hash}A`],
    ['it is empty', ''],
    ['it has the same number of characters and more bytes', `${hash.slice(0, -1)}é`],
  ])('are not the same when %s', (_why, other) => {
    expect(sameHash(hash, other)).toBe(false)
    expect(sameHash(other, hash)).toBe(false)
  })
})

test('a hash is SHA-256 in base64url, and without padding', () => {
  expect(sha256('abc')).toBe('ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0')
})

describe('a reference', () => {
  test('identifies a user by issuer and subject together, with any characters in the subject', () => {
    const users = [
      { issuer: 'https://a.example', subject: 'x' },
      { issuer: 'https://b.example', subject: 'x' },
      { issuer: 'https://a.example', subject: 'y' },
      { issuer: 'https://a.example', subject: '' },
      { issuer: 'https://a.examplex', subject: '' },
      { issuer: 'https://a.example', subject: 'x\n' },
    ]
    expect(new Set(users.map(userRef)).size).toBe(users.length)
    expect(userRef({ issuer: 'https://a.example', subject: 'x' })).toBe(userRef(users[0] as (typeof users)[0]))
  })

  test('has 132 bits, does not show its input, and differs from a reference of another kind', () => {
    const ref = userSessionRef('the-session-id')
    expect(Buffer.from(ref, 'base64url')).toHaveLength(16)
    expect(ref).not.toContain('session')
    expect(ref).not.toBe(userRef({ issuer: 'the-session-id', subject: '' }))
    expect(ref).not.toBe(sha256('the-session-id').slice(0, 22))
  })
})

test.each([
  ['a session of the issuer', issuerSessionRef],
  ['a logout token', logoutTokenHash],
])('%s is identified by the issuer and its id together', (_what, hashOf) => {
  const hashes = [
    hashOf('https://a.example', 'x'),
    hashOf('https://b.example', 'x'),
    hashOf('https://a.example', 'y'),
    hashOf('https://a.examplex', ''),
  ]
  expect(new Set(hashes).size).toBe(hashes.length)
  for (const hash of hashes) expect(Buffer.from(hash, 'base64url')).toHaveLength(16)
  expect(hashOf('https://a.example', 'x')).toBe(hashes[0])
})

test('hashes of different kinds differ for the same values', () => {
  const of = ['https://a.example', 'x'] as const
  const all = [issuerSessionRef(...of), logoutTokenHash(...of), userRef({ issuer: of[0], subject: of[1] })]
  expect(new Set(all).size).toBe(all.length)
})

test('a keyed fingerprint depends on the key, the kind and the value', () => {
  const [key, otherKey] = ['k', 'o'].map((letter) => createSecretKey(letter.repeat(32), 'utf8')) as [never, never]
  const fingerprints = [
    keyedFingerprint(key, 'address', '203.0.113.1'),
    keyedFingerprint(otherKey, 'address', '203.0.113.1'),
    keyedFingerprint(key, 'user', '203.0.113.1'),
    keyedFingerprint(key, 'address', '203.0.113.2'),
  ]
  expect(new Set(fingerprints).size).toBe(4)
  expect(keyedFingerprint(key, 'address', '203.0.113.1')).toBe(fingerprints[0])
  expect(Buffer.from(fingerprints[0] ?? '', 'base64url')).toHaveLength(16)
})

test('a random token has as many random bytes as it was asked for, and differs each time', () => {
  const tokens = Array.from({ length: 100 }, () => randomToken(32))
  expect(new Set(tokens).size).toBe(100)
  for (const token of tokens) expect(Buffer.from(token, 'base64url')).toHaveLength(32)
})
