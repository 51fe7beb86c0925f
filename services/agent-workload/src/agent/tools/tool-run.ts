import type { ResourceAccess } from '@agent-identity/authorization'
import type { AuthorizationId } from '@agent-identity/contracts'
import type { Logger } from '@agent-identity/service-runtime'
import type { Effects, ToolAudit, UserVendorSlots } from '@agent-identity/tools'
import type { UnconfirmedCall } from '../../confirmations/confirmations.ts'

export interface ToolRun {
  access: ResourceAccess
  effects: Effects
  waits: RunWaits
  vendorSlots: UserVendorSlots
  audit: ToolAudit
  /** Unix time in milliseconds. */
  askedAt: number
  signal: AbortSignal
  log: Pick<Logger, 'warn' | 'error'>
  onSignedOut(): void
  /** The run cannot continue, for a reason outside of the tool. */
  onFault(fault: unknown): void
}

export interface RunWaits {
  authorizations: Set<AuthorizationId>
  /** By effect. */
  unconfirmed: Map<string, UnconfirmedCall>
}
