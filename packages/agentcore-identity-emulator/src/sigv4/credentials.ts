import { randomBytes } from 'node:crypto'

/** An access key and who signs with it. `policies` undefined: IAM is not evaluated for this principal. */
export type Credential = {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
  principalArn: string
  policies?: readonly unknown[]
  /** Wall clock, milliseconds. */
  expiresAt?: number
}

export type Credentials = { find(accessKeyId: string): Credential | undefined; all(): Credential[] }

export function createCredentials(credentials: readonly Credential[]): Credentials {
  const byAccessKeyId = new Map(credentials.map((credential) => [credential.accessKeyId, credential]))
  return { find: (accessKeyId) => byAccessKeyId.get(accessKeyId), all: () => [...credentials] }
}

/** Does not begin like a real access key: scanners need not look twice. */
export function generateAccessKey() {
  return {
    accessKeyId: `EMULATOR${randomBytes(6).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64'),
  }
}
