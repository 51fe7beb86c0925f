import type { EffectPermissions } from '@agent-identity/tools'
import type { UnconfirmedCall } from '../../confirmations/confirmations.ts'

/** Which changes the tools of one turn may make without asking, and the user's answers. */
export interface Permissions extends EffectPermissions {
  /** Asks the user for all of them together. @throws whatever prevents writing to the turn */
  ask(calls: readonly UnconfirmedCall[]): Promise<void>
}
