import type { ProviderId } from '@agent-identity/contracts'

/** What the user has said when they were asked about a change. */
export type Decision = 'confirmed' | 'declined' | 'expired' | 'none'

/** What may be changed without asking, and what the user has said when they were asked. */
export interface EffectPermissions {
  /** Changes that are begun without asking. */
  effectsPerTurn: number
  /** Whether this user is asked before anything is changed at this provider; as of now. */
  asksFirst(provider: ProviderId): Promise<boolean>
  decisionOn(effect: string): Promise<Decision>
}

/** The call waits for its user. */
export class ConfirmationNeeded extends Error {
  override name = 'ConfirmationNeeded'
}
