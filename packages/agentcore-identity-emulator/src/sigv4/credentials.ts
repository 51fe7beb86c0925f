import { randomBytes } from 'node:crypto'

/** `policies` undefined: IAM is not evaluated for this principal. */
export type Credential = {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
  principalArn: string
  policies?: readonly unknown[]
  permissionsBoundary?: unknown
  /** By the wall clock, in milliseconds. */
  expiresAt?: number
}

export type Credentials = {
  find(accessKeyId: string): Credential | undefined
  all(): Credential[]
  replace(credential: Credential): void
  reset(): void
}

export function createCredentials(credentials: readonly Credential[]): Credentials {
  const byAccessKeyId = new Map<string, Credential>()
  const replace = (credential: Credential) => void byAccessKeyId.set(credential.accessKeyId, credential)
  const reset = () => credentials.forEach(replace)
  reset()
  return {
    find: (accessKeyId) => byAccessKeyId.get(accessKeyId),
    all: () => [...byAccessKeyId.values()],
    replace,
    reset,
  }
}

/** The id does not begin as AWS's access key ids do (AKIA, ASIA): scanners look for these prefixes. */
export function generateAccessKey() {
  return {
    accessKeyId: `EMULATOR${randomBytes(6).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64'),
  }
}
