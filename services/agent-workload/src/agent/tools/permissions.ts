import type { EffectPermissions } from '@agent-identity/tools'
import type { UnconfirmedCall } from '../../confirmations/confirmations.ts'

export interface Permissions extends EffectPermissions {
  /** One question for all of these calls. */
  ask(calls: readonly UnconfirmedCall[]): Promise<void>
}
