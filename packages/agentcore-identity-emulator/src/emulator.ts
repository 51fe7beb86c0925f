import type { Call } from './control/calls.ts'
import type { Credential } from './sigv4/credentials.ts'

type BuiltIn = { workloadName: string; providerName: string; returnUrl: string; users: readonly string[] }

export type Emulator = {
  /** Endpoint of both planes, for the SDKs. */
  url: string
  port: number
  region: string
  credentials: Credential[]
  /** What is there because nothing was configured; undefined where something was. */
  builtIn: BuiltIn | undefined
  clock: { now(): Date; advance(seconds: number): void }
  calls(): Call[]
  /** Like `POST /_emulator/reset`: restores the options. */
  reset(keep?: readonly ('providers' | 'identities')[]): void
  /**
   * Like `POST /_emulator/policies`: sets the policies of this access key's principal; absent means everything is allowed. Rejects with
   * ConfigurationError when IAM would refuse a policy.
   */
  setPolicies(accessKeyId: string, policies: readonly unknown[] | undefined): Promise<void>
  /**
   * As `POST /_emulator/authorizations/:id/consent`: a user of the built-in authorization server consents, without a browser.
   * Resolves with where the browser would be: at the return URL, with `session_id`. Rejects, in words, when it cannot be done.
   */
  consent(sessionUri: string, options: { as: string }): Promise<{ location: string }>
  /** As `POST /_emulator/authorizations/:id/deny`. Rejects where the browser would stop at AgentCore: `assumptions.deniedConsent`. */
  deny(sessionUri: string): Promise<{ location: string }>
  close(): Promise<void>
}
