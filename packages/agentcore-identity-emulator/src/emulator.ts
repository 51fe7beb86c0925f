import type { Call } from './control/calls.ts'
import type { Credential } from './sigv4/credentials.ts'

export type Emulator = {
  /** Endpoint of both planes, for the SDKs. */
  url: string
  port: number
  region: string
  credentials: Credential[]
  clock: { now(): Date; advance(seconds: number): void }
  calls(): Call[]
  /** As `POST /_emulator/reset`: back to what the options say. */
  reset(keep?: readonly ('providers' | 'identities')[]): void
  /**
   * As `POST /_emulator/policies`: what this access key's principal may do from now on; absent, everything. Rejects with
   * ConfigurationError when IAM would not take a policy.
   */
  setPolicies(accessKeyId: string, policies: readonly unknown[] | undefined): Promise<void>
  close(): Promise<void>
}
