import { createHmac, hash, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IssuerSessionRef, User, UserRef, UserSessionRef } from '@agent-identity/contracts'

/** Base64url, 43 characters. It does not hide a value that can be guessed. */
export const sha256 = (value: string): string => hash('sha256', value, 'base64url')

/** 132 bits, 22 characters. */
const shortHash = (value: string): string => sha256(value).slice(0, 22)

export const userSessionRef = (sessionId: string) => shortHash(`user-session\n${sessionId}`) as UserSessionRef

/** An issuer's URL has no newline, so two users have different texts. */
export const userRef = (user: Pick<User, 'issuer' | 'subject'>) =>
  shortHash(`user\n${user.issuer}\n${user.subject}`) as UserRef

export const issuerSessionRef = (issuer: string, sid: string) =>
  shortHash(`issuer-session\n${issuer}\n${sid}`) as IssuerSessionRef

export const logoutTokenHash = (issuer: string, jti: string): string => shortHash(`logout-token\n${issuer}\n${jti}`)

/** 132 bits, for guessable values. */
export const keyedFingerprint = (secret: KeyObject, kind: string, value: string): string =>
  createHmac('sha256', secret).update(`${kind}\n${value}`).digest('base64url').slice(0, 22)

export function sameHash(left: string, right: string): boolean {
  const a = Buffer.from(left)
  const b = Buffer.from(right)
  return a.length === b.length && timingSafeEqual(a, b)
}

/** Base64url. */
export const randomToken = (bytes: number): string => randomBytes(bytes).toString('base64url')
