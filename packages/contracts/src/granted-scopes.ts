import type { ConnectionRecord } from './connection.ts'
import { normalizeScopes, type Provider, scopesToAsk, splitScopes } from './provider.ts'

/** If the vendor does not say, the scopes that were asked for count as granted. */
export const grantedScopes = (connection: ConnectionRecord | undefined): string[] =>
  splitScopes(connection?.granted ?? connection?.scopes)

/** Those of `scopes` that are neither granted nor included in a granted one, sorted. */
export function lackingScopes(provider: Provider, granted: readonly string[], scopes: readonly string[]): string[] {
  const has = withIncluded(provider, granted)
  return normalizeScopes(scopes).filter((scope) => !has.has(scope))
}

/**
 * The granted scopes that were asked for, by name or as part of another scope, sorted. A scope that another one includes is left
 * out; two that include each other stay.
 */
export function grantedOfAsked(provider: Provider, granted: readonly string[], asked: readonly string[]): string[] {
  const has = withIncluded(provider, granted)
  const both = [...withIncluded(provider, asked)].filter((scope) => has.has(scope))
  const includes = (one: string, other: string) => withIncluded(provider, [one]).has(other)
  const isWider = (one: string, other: string) => includes(one, other) && !includes(other, one)
  return normalizeScopes(both.filter((scope) => !both.some((other) => isWider(other, scope))))
}

function withIncluded({ includedScopes: included = {} }: Provider, scopes: readonly string[]): Set<string> {
  const has = new Set<string>()
  const add = (scope: string) => {
    if (has.has(scope)) return
    has.add(scope)
    // A vendor may name a scope like a member of every object, such as `constructor`.
    if (Object.hasOwn(included, scope)) for (const one of included[scope] ?? []) add(one)
  }
  for (const scope of scopes) add(scope)
  return has
}

export const leftOutScopes = (provider: Provider, connection: ConnectionRecord | undefined): string[] =>
  lackingScopes(provider, grantedScopes(connection), splitScopes(connection?.scopes))

export const missingScopes = (provider: Provider, connection: ConnectionRecord): string[] =>
  lackingScopes(provider, grantedScopes(connection), scopesToAsk(provider, splitScopes(connection.scopes)))

export interface ScopesOfCall {
  /** To be requested. They are part of the token vault's key. */
  scopes: string[]
  /** Needed and not granted. */
  lacking: string[]
  /** The next consent has to start over: otherwise AgentCore would return the token of an earlier consent that granted less. */
  isForLess: boolean
}

/** @param of the scopes of the request that `isForLess` is about, if they are decided already. `scopes` does not depend on it. */
export function scopesOfCall(
  provider: Provider,
  connection: ConnectionRecord | undefined,
  needed: readonly string[],
  of?: readonly string[],
): ScopesOfCall {
  const granted = grantedScopes(connection)
  const lacking = lackingScopes(provider, granted, needed)
  const asked = scopesToAsk({ ...provider, baseScopes: [] }, splitScopes(connection?.scopes))
  if (lacking.length === 0 && asked.length > 0) return { scopes: asked, lacking, isForLess: false }
  const scopes = scopesToAsk(provider, granted, needed)
  const key = (of ?? scopes).join(' ')
  const isBound = connection?.scopes === key || connection?.entries.some((entry) => entry.scopes === key)
  return { scopes, lacking, isForLess: isBound === true && lacking.length > 0 }
}
