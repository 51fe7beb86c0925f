import type { ProviderId } from '@agent-identity/contracts'

export type Decision = 'confirmed' | 'declined' | 'expired' | 'none'

export interface EffectPermissions {
  /** The most changes that a turn may begin without asking. Those that the user confirmed, and those that the vendor refused, count. */
  effectsPerTurn: number
  asksFirst(provider: ProviderId): Promise<boolean>
  decisionOn(effect: string): Promise<Decision>
}

export class ConfirmationNeeded extends Error {
  override name = 'ConfirmationNeeded'
}
