import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import type { KeyRing } from '@agent-identity/contracts'

/** The value was altered, or was not sealed for this place and purpose, or its key is not in the ring. */
export class UnsealError extends Error {
  override name = 'UnsealError'
}

/**
 * AES-256-GCM: `<key id>.<base64url of nonce, ciphertext, tag>`. `place` is associated data: a value copied into another record does
 * not open.
 *
 * Each place has its own key: with random nonces, one key must not seal more than 2^32 values (NIST SP 800-38D §8.3).
 */
export interface Sealer {
  seal(plaintext: string, place: string): string
  /** @throws UnsealError */
  open(sealed: string, place: string): string
}

const NONCE_BYTES = 12
const TAG_BYTES = 16

/** One block of HKDF-Expand (RFC 5869 §2.3): `key` is uniform already. A cipher whose key is a buffer is slower in Node 24. */
const keyOf = (key: KeyObject, place: string): KeyObject =>
  createSecretKey(createHmac('sha256', key).update(place).update('\x01').digest())

/** @param purpose a value that was sealed for another purpose does not open. */
export function createSealer(ring: KeyRing, purpose: string): Sealer {
  const keys = new Map(
    Object.entries(ring.keys).map(([id, secret]) => [
      id,
      createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', `agent-identity sealing ${purpose}`, 32))),
    ]),
  )
  const sealingKey = keys.get(ring.sealWith)
  if (!sealingKey) throw new Error(`Key ring of ${purpose}: sealWith names no key`)

  return {
    seal(plaintext, place) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', keyOf(sealingKey, place), nonce, { authTagLength: TAG_BYTES })
      cipher.setAAD(Buffer.from(place))
      const sealed = Buffer.concat([nonce, cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return `${ring.sealWith}.${sealed.toString('base64url')}`
    },
    open(sealed, place) {
      const dot = sealed.lastIndexOf('.')
      const key = keys.get(sealed.slice(0, dot))
      const bytes = Buffer.from(sealed.slice(dot + 1), 'base64url')
      if (!key) throw new UnsealError(`No key of ${purpose} opens this value`)
      if (bytes.length < NONCE_BYTES + TAG_BYTES) throw new UnsealError('The sealed value is too short')
      const decipher = createDecipheriv('aes-256-gcm', keyOf(key, place), bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      })
      decipher.setAAD(Buffer.from(place))
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
      try {
        const plaintext = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES))
        // Verifies the tag.
        decipher.final()
        return plaintext.toString('utf8')
      } catch (cause) {
        throw new UnsealError('The sealed value does not open here', { cause })
      }
    },
  }
}

/** A secret from each key of the ring; the sealing key's is first. */
export function deriveSecrets(ring: KeyRing, purpose: string): string[] {
  const ids = [ring.sealWith, ...Object.keys(ring.keys).filter((id) => id !== ring.sealWith)]
  return ids.map((id) =>
    Buffer.from(hkdfSync('sha256', ring.keys[id] ?? '', '', `agent-identity ${purpose}`, 32)).toString('base64url'),
  )
}
