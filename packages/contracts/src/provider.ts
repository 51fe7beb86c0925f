import { z } from 'zod'

/**
 * Not a list of the known ones: two versions of a deployment may know different providers, and each must read the records of the
 * other. `settled` and `expired` begin other kinds of fields in the index of pending authorizations, `account` and `announced`
 * in what a turn has asked for; `events` is a route beside those of the providers.
 */
export const ProviderId = z
  .string()
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/)
  .max(32)
  .refine((id) => !['settled', 'expired', 'account', 'announced', 'events'].includes(id), 'is reserved')
export type ProviderId = z.infer<typeof ProviderId>

/**
 * Whose access the agent uses at a provider. `user`: of a user who has consented. The other three need no consent: `on-behalf-of`
 * is the user's own access, by token exchange; `machine` and `api-key` are the agent's, the same for every user.
 */
export const CredentialKind = z.enum(['user', 'on-behalf-of', 'machine', 'api-key'])
export type CredentialKind = z.infer<typeof CredentialKind>

/** How a user's access token is ended at the vendor when they disconnect. */
export interface RevocationWay {
  /**
   * `token`: the holder of the token may end it, or its whole grant. `client`: the OAuth client has to ask, with its secret.
   * `impossible`: the vendor cannot end an access token, or this deployment cannot ask it to.
   */
  by: 'token' | 'client' | 'impossible'
  /** The longest lifetime of an access token, in seconds; absent when there is none, or it is not known. */
  accessTokenSeconds?: number
}

export interface Provider {
  id: ProviderId
  displayName: string
  credential: CredentialKind
  /** Requested in addition to a tool's scopes, so that several tools need one consent. */
  baseScopes: readonly string[]
  /**
   * Every scope that may be requested, described for users. An API key has no scopes: these describe the tools, and are not sent
   * to the vendor.
   */
  scopeDescriptions: Readonly<Record<string, string>>
  /** By scope, the scopes that it includes. GitHub leaves an included scope out of what it says was granted. */
  includedScopes?: Readonly<Record<string, readonly string[]>>
  /**
   * Part of the token vault's lookup key: other values would look like a missing consent. Those of `accountChoice` are added
   * to these.
   */
  customParameters: Readonly<Record<string, string>>
  /**
   * Where the vendor can be asked for a certain account: the parameter that names it, and those that show the vendor's account
   * chooser. Without it a user can connect one account there.
   */
  accountChoice?: { hint: 'login_hint' | 'login'; chooser: Readonly<Record<string, string>> }
  /**
   * Of `on-behalf-of` and `machine`: the APIs for which the token is requested (RFC 8693 §2.1), if the authorization server
   * requires them.
   */
  audiences?: readonly string[]
  /** Of `user` only. */
  revocation?: RevocationWay
}

/** A provider that this deployment offers. */
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

/** The scopes of a space-separated list: none of an empty one. */
export const splitScopes = (scopes: string | undefined): string[] => scopes?.split(' ').filter(Boolean) ?? []

/**
 * The provider's base set and the given scopes. A scope that the provider does not describe is ignored: an earlier version may
 * have asked for it.
 */
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
