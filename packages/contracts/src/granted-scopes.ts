import { normalizeScopes, type Provider } from './provider.ts'

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
