import { z } from 'zod'

/**
 * Not limited to the known ids: each version of a deployment must read the records of the other. The reserved words begin other
 * fields of a hash of ours (`turnAuthorizationsKey`), or are a route (`events`).
 */
export const ProviderId = z
  .string()
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/)
  .max(32)
  .refine((id) => !['settled', 'expired', 'account', 'announced', 'events'].includes(id), 'is reserved')
export type ProviderId = z.infer<typeof ProviderId>

/**
 * Whose access the agent uses. `user`: of a user who has consented. `on-behalf-of`: the user's, by token exchange. `machine` and
 * `api-key`: the agent's, the same for every user.
 */
export const CredentialKind = z.enum(['user', 'on-behalf-of', 'machine', 'api-key'])
export type CredentialKind = z.infer<typeof CredentialKind>

/**
 * What makes an entry of the token vault one consent's own.
 *
 * `parameter`: a custom parameter, which is part of the vault's key. Authorization servers ignore parameters that they do not know (RFC 6749 §3.1);
 * a vendor that refuses them has another one that it knows and ignores. `user-id`: a suffix of the user id, in mode `user-id` only. `none`: nothing
 * separates the consents of a user at this provider.
 */
export type Label = { parameter: string } | 'user-id' | 'none'

export interface RevocationWay {
  /**
   * `token`: the holder of the token may end it. `client`: the OAuth client has to ask, with its secret. `impossible`: the vendor
   * cannot, or this deployment cannot ask.
   */
  by: 'token' | 'client' | 'impossible'
}

export interface Provider {
  id: ProviderId
  displayName: string
  credential: CredentialKind
  /** Requested in addition to a tool's scopes, so that several tools need one consent. */
  baseScopes: readonly string[]
  /** Every scope that may be requested, in words for users. With an API key: our own names, which are not sent. */
  scopeDescriptions: Readonly<Record<string, string>>
  /** By scope, the scopes that it includes. GitHub leaves an included scope out of what it says was granted. */
  includedScopes?: Readonly<Record<string, readonly string[]>>
  /**
   * Of `user` only: for an authorization server that expects a comma between scopes, not a space (RFC 6749 §3.3). AgentCore takes a list, and is then
   * given one text.
   */
  scopeSeparator?: ','
  /** Part of the token vault's key: other values would look like a missing consent. */
  customParameters: Readonly<Record<string, string>>
  /**
   * The parameter that suggests an account, and those that show the vendor's account chooser.
   */
  accountChoice?: { hint: 'login_hint' | 'login'; chooser: Readonly<Record<string, string>> }
  /** Of `on-behalf-of` (RFC 8693 §2.1) and `machine`. */
  audiences?: readonly string[]
  /** Of `user` only. Absent: the parameter `connection_label`. */
  label?: Label
  /** Of `user` only. */
  revocation?: RevocationWay
}

export interface OfferedProvider extends Provider {
  /** The name of its credential provider at AgentCore. */
  credentialProvider: string
  /** No tool changes anything there. */
  readOnly: boolean
}

/** By id, in the order of display. */
export type OfferedProviders = ReadonlyMap<ProviderId, OfferedProvider>

/** The form in which scopes are compared, stored and sent. */
export function normalizeScopes(...scopes: (readonly string[])[]): string[] {
  return [...new Set(scopes.flat())].sort()
}

export const splitScopes = (scopes: string | undefined): string[] => scopes?.split(' ').filter(Boolean) ?? []

/** AgentCore takes at most 128 characters for one scope. */
export const MOST_CHARACTERS_OF_A_SCOPE = 128

/** As AgentCore is given them; part of the token vault's key. It is assumed that AgentCore sends one text as it is, and joins several by spaces. */
export const scopesAsSent = (
  { scopeSeparator }: Pick<Provider, 'scopeSeparator'>,
  scopes: readonly string[],
): readonly string[] => (scopeSeparator && scopes.length > 0 ? [scopes.join(scopeSeparator)] : scopes)

/** The given scopes with the base set. A scope that the provider does not describe is ignored: an earlier version may have asked for it. */
export function scopesToAsk(provider: Provider, ...scopes: (readonly string[])[]): string[] {
  return normalizeScopes(provider.baseScopes, ...scopes).filter((scope) => isInCatalogue(provider, scope))
}

export const isInCatalogue = (provider: Provider, scope: string): boolean =>
  Object.hasOwn(provider.scopeDescriptions, scope)

/** A scope without a description is shown as it is. */
export const scopesInWords = (provider: Provider | undefined, scopes: readonly string[]): string[] =>
  scopes.map(
    (scope) => (provider && isInCatalogue(provider, scope) ? provider.scopeDescriptions[scope] : scope) ?? scope,
  )
