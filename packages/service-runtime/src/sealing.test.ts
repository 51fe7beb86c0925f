import { createDecipheriv, createHmac, hkdfSync } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { createSealer, deriveSecrets, UnsealError } from './sealing.ts'

const old = { sealWith: 'old', keys: { old: 'o'.repeat(43) } }
const added = { sealWith: 'old', keys: { old: 'o'.repeat(43), new: 'n'.repeat(43) } }
const switched = { sealWith: 'new', keys: added.keys }
const retired = { sealWith: 'new', keys: { new: 'n'.repeat(43) } }

const sealer = createSealer(old, 'turn')
const sealed = sealer.seal('a secret', 'turn:{a}:1 message')

describe('a sealed value', () => {
  test('does not open in another place', () => {
    expect(() => sealer.open(sealed, 'turn:{b}:1 message')).toThrow(UnsealError)
  })

  test('does not open for another purpose', () => {
    expect(() => createSealer(old, 'user session').open(sealed, 'turn:{a}:1 message')).toThrow(UnsealError)
  })

  test('does not open after any single byte of it was altered', () => {
    const dot = sealed.indexOf('.') + 1
    const bytes = Buffer.from(sealed.slice(dot), 'base64url')
    for (let i = 0; i < bytes.length; i++) {
      const altered = Buffer.from(bytes)
      altered[i] = (altered[i] ?? 0) ^ 1
      expect(() => sealer.open(sealed.slice(0, dot) + altered.toString('base64url'), 'turn:{a}:1 message')).toThrow(
        UnsealError,
      )
    }
  })

  test('is sealed with a key of its place, and not with the key of the ring', () => {
    const bytes = Buffer.from(sealed.slice(sealed.indexOf('.') + 1), 'base64url')
    const openWith = (key: Buffer) => {
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12))
      decipher.setAAD(Buffer.from('turn:{a}:1 message')).setAuthTag(bytes.subarray(-16))
      return decipher.update(bytes.subarray(12, -16), undefined, 'utf8') + decipher.final('utf8')
    }
    const ofTheRing = Buffer.from(hkdfSync('sha256', 'o'.repeat(43), '', 'agent-identity sealing turn', 32))
    const ofThePlace = (place: string) => createHmac('sha256', ofTheRing).update(`${place}\x01`).digest()
    expect(openWith(ofThePlace('turn:{a}:1 message'))).toBe('a secret')
    for (const key of [ofTheRing, ofThePlace('turn:{a}:2 message')]) expect(() => openWith(key)).toThrow()
  })

  test.each(['', '.', 'old', 'old.', 'old.AAAA', '__proto__.AAAA', `unknown.${sealed.split('.')[1]}`])(
    'is not %j',
    (value) => {
      expect(() => sealer.open(value, 'turn:{a}:1 message')).toThrow(UnsealError)
    },
  )

  test('may be empty', () => {
    expect(sealer.open(sealer.seal('', 'here'), 'here')).toBe('')
  })

  test('opens where it was sealed, hides its content, and is different each time', () => {
    expect(sealer.open(sealed, 'turn:{a}:1 message')).toBe('a secret')
    expect(sealed).not.toContain('secret')
    expect(sealer.seal('a secret', 'turn:{a}:1 message')).not.toBe(sealed)
  })
})

describe('rotation', () => {
  const open = (ring: typeof retired | typeof added, value: string) =>
    createSealer(ring, 'turn').open(value, 'turn:{a}:1 message')

  test('add, deploy, switch: both keys open throughout', () => {
    const withNew = createSealer(switched, 'turn').seal('newer', 'turn:{a}:1 message')
    expect(open(added, sealed)).toBe('a secret')
    expect(open(added, withNew)).toBe('newer')
    expect(open(switched, sealed)).toBe('a secret')
  })

  test('a removed key opens nothing', () => {
    expect(() => open(retired, sealed)).toThrow(UnsealError)
  })
})

test('derived secrets put the sealing key first and differ from purpose to purpose', () => {
  expect(deriveSecrets(switched, 'cookie')).toHaveLength(2)
  expect(deriveSecrets(switched, 'cookie')[0]).toBe(deriveSecrets(retired, 'cookie')[0])
  expect(deriveSecrets(old, 'cookie')).not.toEqual(deriveSecrets(old, 'other'))
  expect(deriveSecrets(switched, 'cookie')[1]).toBe(deriveSecrets(old, 'cookie')[0])
  expect(new Set(deriveSecrets(switched, 'cookie')).size).toBe(2)
})

test('a ring whose sealing key is missing is refused at once', () => {
  expect(() => createSealer({ sealWith: 'missing', keys: old.keys }, 'turn')).toThrow('sealWith')
})
