import type { ProviderId } from '@agent-identity/contracts'
import type { Decision, UnconfirmedCall } from '../../confirmations/confirmations.ts'

/** What the tools of one turn may change without asking, and what its user has said when they were asked. */
export interface Permissions {
  /** Changes that a turn begins by itself. */
  effectsPerTurn: number
  /** Whether this user is asked before anything is changed at this provider; as of now. */
  asksFirst(provider: ProviderId): Promise<boolean>
  decisionOn(effect: string): Promise<Decision>
  /** Asks the user for all of them together. @throws whatever keeps the turn from being written */
  ask(calls: readonly UnconfirmedCall[]): Promise<void>
}

/** The call waits for its user: the turn is suspended at it. */
export class ConfirmationNeeded extends Error {
  override name = 'ConfirmationNeeded'
}
