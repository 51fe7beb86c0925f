import type { ConnectionRef } from '@agent-identity/contracts'

/** Of a request, in the turn's memory. */
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

/** Of the same request, when it starts over at the authorization server. */
export const startingOver = (name: string): string => `${name} rejected`
