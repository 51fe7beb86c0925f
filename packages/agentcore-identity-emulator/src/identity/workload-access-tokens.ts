import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import { AwsError } from '../aws-protocol/errors.ts'
import type { Clock } from '../clock.ts'
import type { Assumptions } from '../options.ts'
import type { Principal } from './principal.ts'

export type WorkloadAccessToken = {
  workloadName: string
  workloadInstanceId: string
  principal: Principal
  /** For on-behalf-of exchanges. */
  userToken?: string
  expiresAt: number
}

/** The model's limit for `workloadIdentityToken`. */
const LONGEST_TOKEN = 131_072

/** Sealed (AES-256-GCM): minting needs no storage, and callers can neither read nor forge a token. */
export function createWorkloadAccessTokens(
  clock: Clock,
  { lifetimeSeconds, expired }: { lifetimeSeconds: number; expired: Assumptions['expiredWorkloadAccessToken'] },
) {
  let key = createSecretKey(randomBytes(32))
  /** The token that was opened last: one call opens its token several times. */
  let last: { sealed: string; token: WorkloadAccessToken } | undefined

  return {
    key: () => key.export().toString('base64url'),
    useKey(base64url: string) {
      key = createSecretKey(Buffer.from(base64url, 'base64url'))
      last = undefined
    },

    mint(details: Omit<WorkloadAccessToken, 'expiresAt'>): string {
      const expiresAt = clock.now() + lifetimeSeconds * 1000
      const sealed = seal(key, { ...details, expiresAt })
      if (sealed.length <= LONGEST_TOKEN) return sealed
      const { userToken: _, ...withoutUserToken } = details
      return seal(key, { ...withoutUserToken, expiresAt })
    },

    /** Forged and foreign tokens get the same answer. */
    open(sealed: string): WorkloadAccessToken {
      const token = last?.sealed === sealed ? last.token : unseal(key, sealed)
      if (token === undefined) throw invalidWorkloadAccessToken()
      last = { sealed, token }
      if (clock.now() >= token.expiresAt)
        throw expired === 'access-denied' ? tokenHasExpired() : invalidWorkloadAccessToken()
      return token
    },
  }
}

export const invalidWorkloadAccessToken = () =>
  new AwsError('UnauthorizedException', 'The workload access token is invalid or has expired')

/** As reported of the live service (README of AWS's MDAA runtime module, 2026). */
const tokenHasExpired = () => new AwsError('AccessDeniedException', 'Token has expired. Please generate a new token.')

export type WorkloadAccessTokens = ReturnType<typeof createWorkloadAccessTokens>

function seal(key: KeyObject, token: WorkloadAccessToken) {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, iv)
  const ciphertext = Buffer.concat([cipher.update(JSON.stringify(token)), cipher.final()])
  return Buffer.concat([iv, cipher.getAuthTag(), ciphertext]).toString('base64url')
}

function unseal(key: KeyObject, sealed: string): WorkloadAccessToken | undefined {
  const bytes = Buffer.from(sealed, 'base64url')
  if (bytes.length < 29) return undefined
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12))
  decipher.setAuthTag(bytes.subarray(12, 28))
  try {
    const plain = Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()])
    return JSON.parse(plain.toString('utf8')) as WorkloadAccessToken
  } catch {
    return undefined
  }
}
