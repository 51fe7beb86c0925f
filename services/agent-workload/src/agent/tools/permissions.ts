import type { EffectPermissions } from '@agent-identity/tools'
import type { UnconfirmedCall } from '../../confirmations/confirmations.ts'

export interface Permissions extends EffectPermissions {
  /** Asks the user to confirm all these calls together. @throws whatever prevents writing to the turn */
  ask(calls: readonly UnconfirmedCall[]): Promise<void>
}
