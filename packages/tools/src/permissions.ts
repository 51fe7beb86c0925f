import type { ProviderId } from '@agent-identity/contracts'

export type Decision = 'confirmed' | 'declined' | 'expired' | 'none'

export interface EffectPermissions {
  /** How many changes may be made without asking. */
  effectsPerTurn: number
  /** Whether this user is asked before any change at this provider. */
  asksFirst(provider: ProviderId): Promise<boolean>
  decisionOn(effect: string): Promise<Decision>
}

export class ConfirmationNeeded extends Error {
  override name = 'ConfirmationNeeded'
}
