import type { EffectPermissions } from '@agent-identity/tools'
import type { UnconfirmedCall } from '../../confirmations/confirmations.ts'

/** What the tools of one turn may change without asking, and what its user has said when they were asked. */
export interface Permissions extends EffectPermissions {
  /** Asks the user for all of them together. @throws whatever keeps the turn from being written */
  ask(calls: readonly UnconfirmedCall[]): Promise<void>
}
