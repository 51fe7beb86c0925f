import type { Call } from './control/calls.ts'
import type { Credential } from './sigv4/credentials.ts'

type BuiltIn = { workloadName: string; providerName: string; returnUrl: string; users: readonly string[] }

export type Emulator = {
  /** Endpoint of both planes, for the SDKs. */
  url: string
  port: number
  region: string
  credentials: Credential[]
  /** Undefined unless, at the start, there are the built-in credential provider, and an identity `agent` with the built-in return URL. */
  builtIn: BuiltIn | undefined
  clock: { now(): Date; advance(seconds: number): void }
  calls(): Call[]
  /** Like `POST /_emulator/reset`. */
  reset(keep?: readonly ('providers' | 'identities')[]): void
  /**
   * As `POST /_emulator/policies`. Undefined allows everything, but is refused for a credential with a permissions boundary. Rejects with
   * ConfigurationError, and then changes nothing.
   */
  setPolicies(accessKeyId: string, policies: readonly unknown[] | undefined): Promise<void>
  /** As `POST /_emulator/authorizations/:id/consent`. Resolves with the return URL, or rejects with an Error that says why. */
  consent(sessionUri: string, options: { as: string }): Promise<{ location: string }>
  /** As `POST /_emulator/authorizations/:id/deny`. Rejects by default: see `assumptions.deniedConsent`. */
  deny(sessionUri: string): Promise<{ location: string }>
  /** Closes once: a later call has the same result. */
  close(): Promise<void>
}
