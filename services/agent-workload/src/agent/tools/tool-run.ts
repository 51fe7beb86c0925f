import type { ResourceAccess } from '@agent-identity/authorization'
import type { AuthorizationId } from '@agent-identity/contracts'
import type { Clock, Logger } from '@agent-identity/service-runtime'
import type { Effects, ToolAudit, UserVendorSlots } from '@agent-identity/tools'
import type { UnconfirmedCall } from '../../confirmations/confirmations.ts'

/** What the tools of one run share. */
export interface ToolRun {
  access: ResourceAccess
  effects: Effects
  waits: RunWaits
  vendorSlots: UserVendorSlots
  audit: ToolAudit
  clock: Clock
  /** Aborted when the run ends, for whatever reason. */
  signal: AbortSignal
  log: Pick<Logger, 'warn' | 'error'>
  /** The user session is over: the run ends after the tools that are under way. */
  onSignedOut(): void
  /** The run cannot go on: not the tool failed, what it stands on did. */
  onFault(fault: unknown): void
}

/** Why the turn is being suspended. */
export interface RunWaits {
  authorizations: Set<AuthorizationId>
  /** By effect: the calls that need their user's yes. */
  unconfirmed: Map<string, UnconfirmedCall>
}
