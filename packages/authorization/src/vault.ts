import type { AuthorizationId, Entry, IdentityArtifact, ProviderId, TurnId } from '@agent-identity/contracts'
import type { Who } from './connections/connections.ts'

export type FromVault =
  | { outcome: 'token'; accessToken: string }
  | { outcome: 'none' | 'signed-out' | 'unavailable' | 'refused' }

export type Requested =
  | {
      outcome: 'authorization-required'
      authorizationUrl: string
      sessionUri: string
      /** The workload access token of this request was minted with it. */
      artifact: IdentityArtifact
      awsRequestId?: string | undefined
    }
  /** The entry was not empty. */
  | { outcome: 'token'; accessToken: string }
  | { outcome: 'signed-out' | 'unavailable' | 'refused' }

/** For the audit trail: what the token is read for. */
export interface Asking {
  turnId?: TurnId | undefined
  authorizationId?: AuthorizationId | undefined
  correlationId?: string | undefined
}

/** AgentCore's token vault, in the name of one user. It can neither list nor delete entries. */
export interface Vault {
  /** Without `forceAuthentication`: it would hide that a label does not separate, and destroy a live token. */
  request(who: Who, entry: Entry, state: string): Promise<Requested>
  /** The URL that may come in place of a token is thrown away. */
  read(who: Who, entry: Entry, asking?: Asking): Promise<FromVault>
  /** With `forceAuthentication`, which makes AgentCore forget the refresh token (documented; not seen). */
  clear(who: Who, entry: Entry): Promise<'cleared' | 'signed-out' | 'unavailable' | 'refused'>
}

/** The label does not separate the consents of a user at this provider, or what carries it was not kept. */
export type Alarm = (what: 'label-does-not-separate' | 'completed-and-empty', about: { provider: ProviderId }) => void
