import type { ConnectionRef } from '@agent-identity/contracts'

/** The name of a request in the turn's memory. */
export const requestName = (
  { provider, named }: ConnectionRef,
  scopes: readonly string[],
  generation: number,
): string =>
  [
    provider,
    ...(named === undefined ? [] : [`account-${named}`]),
    ...scopes,
    ...(generation > 0 ? [`after-${generation}`] : []),
  ].join(' ')

/** The name of the same request when the vendor has rejected its token, or has granted less than the call needs. */
export const startingOver = (name: string): string => `${name} rejected`
