import type { ProviderId } from '@agent-identity/contracts'
import type { ProviderTool } from '@agent-identity/provider-kit'

export type Decision = 'confirmed' | 'declined' | 'expired' | 'none'

export interface EffectPermissions {
  /** The most changes that a turn may begin without asking. Those that the user confirmed, and those that the vendor refused, count. */
  effectsPerTurn: number
  asksFirst(provider: ProviderId): Promise<boolean>
  decisionOn(effect: string): Promise<Decision>
}

/**
 * Whether the user has to confirm this change, whatever they have chosen.
 *
 * @param account the connected account, by the name that the vendor gives it
 * @returns `unknown-account` when it would depend on that account
 */
export function asksInAnyCase(
  { does, asksFirst, destination }: Pick<ProviderTool, 'does' | 'asksFirst' | 'destination'>,
  input: unknown,
  account: string | undefined,
): boolean | 'unknown-account' {
  if (does === 'read') return false
  if (asksFirst) return true
  if (typeof destination !== 'function') return destination !== 'own'
  return account === undefined ? 'unknown-account' : destination(input, account) !== 'own'
}

export class ConfirmationNeeded extends Error {
  override name = 'ConfirmationNeeded'
}
