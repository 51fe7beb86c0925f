import type { ProviderId } from '@agent-identity/contracts'
import { isOfTheSignIn } from '@agent-identity/provider-kit'
import type { StandIn } from '@agent-identity/stand-in-kit'
import { PROVIDERS } from './registry.ts'

/** The providers that have a stand-in; `profile` uses the sign-in itself. */
export const WITH_STAND_IN: readonly ProviderId[] = [...PROVIDERS.values()]
  .filter((provider) => !isOfTheSignIn(provider))
  .map(({ id }) => id)

export async function loadStandIn(id: ProviderId): Promise<StandIn> {
  const file = `./${id}/stand-in.ts`
  const { standIn } = (await import(file)) as { standIn: StandIn }
  return standIn
}
