import type { ProviderId } from '@agent-identity/contracts'

export type Decision = 'confirmed' | 'declined' | 'expired' | 'none'

export interface EffectPermissions {
  /** A change may be made without asking while the turn has begun fewer than this many; confirmed and refused ones count. */
  effectsPerTurn: number
  /** Whether this user is asked before any change at this provider. */
  asksFirst(provider: ProviderId): Promise<boolean>
  decisionOn(effect: string): Promise<Decision>
}

export class ConfirmationNeeded extends Error {
  override name = 'ConfirmationNeeded'
}
