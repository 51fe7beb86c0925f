import { randomBytes } from 'node:crypto'

/** An access key and who signs with it. `policies` undefined: IAM is not evaluated for this principal. */
export type Credential = {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
  principalArn: string
  policies?: readonly unknown[]
  /** Limits what `policies` allow. */
  permissionsBoundary?: unknown
  /** Wall clock, milliseconds. */
  expiresAt?: number
}

export type Credentials = {
  find(accessKeyId: string): Credential | undefined
  all(): Credential[]
  /** In the place of the one with the same access key. */
  replace(credential: Credential): void
  /** Back to those that there were in the beginning. */
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

/** Does not begin like a real access key: scanners need not look twice. */
export function generateAccessKey() {
  return {
    accessKeyId: `EMULATOR${randomBytes(6).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64'),
  }
}
