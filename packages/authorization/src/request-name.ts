import type { ConnectionRef } from '@agent-identity/contracts'

/** In the turn's memory. */
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

/** When a new consent is forced. */
export const startingOver = (name: string): string => `${name} rejected`
