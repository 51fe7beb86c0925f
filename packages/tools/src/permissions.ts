import type { ProviderId } from '@agent-identity/contracts'

/** The user's answer about a change. */
export type Decision = 'confirmed' | 'declined' | 'expired' | 'none'

/** Which changes need no confirmation, and the user's answers. */
export interface EffectPermissions {
  /** How many changes may be made without asking. */
  effectsPerTurn: number
  /** Whether this user is asked before any change at this provider; the current choice. */
  asksFirst(provider: ProviderId): Promise<boolean>
  decisionOn(effect: string): Promise<Decision>
}

/** The call waits for its user. */
export class ConfirmationNeeded extends Error {
  override name = 'ConfirmationNeeded'
}
