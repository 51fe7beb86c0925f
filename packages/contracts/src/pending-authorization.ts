import { z } from 'zod'
import { ConnectionId } from './connection.ts'
import type { ConnectionRef } from './connection-ref.ts'
import { type AuthorizationId, UserRef, type UserSessionRef, userSessionRefOf } from './identifiers.ts'
import { ProviderId } from './provider.ts'

export const PENDING_AUTHORIZATION_STATUSES = [
  'pending',
  'binding',
  'bound',
  'failed',
  'unconfirmed',
  'cancelled',
  'expired',
] as const
export const PendingAuthorizationStatus = z.enum(PENDING_AUTHORIZATION_STATUSES)
export type PendingAuthorizationStatus = z.infer<typeof PendingAuthorizationStatus>

export interface AuthorizationTransition {
  from: PendingAuthorizationStatus
  to: PendingAuthorizationStatus
  by: 'agent-workload' | 'session-binding'
  when: string
}

/**
 * Each transition compares the stored, sealed progress with what was read, and replaces it, in one atomic step. `bound`, `failed`,
 * `cancelled` and `expired` are final.
 */
export const AUTHORIZATION_TRANSITIONS: readonly AuthorizationTransition[] = [
  { from: 'pending', to: 'pending', by: 'agent-workload', when: 'a browser starts it' },
  { from: 'pending', to: 'binding', by: 'session-binding', when: 'a return passes every check' },
  {
    from: 'pending',
    to: 'failed',
    by: 'session-binding',
    when: 'its user has denied the consent, or it failed at the vendor; or its return came outside of the browser that started it',
  },
  {
    from: 'pending',
    to: 'cancelled',
    by: 'agent-workload',
    when: 'its user cancels it, disconnects, says “Use it” for another account or is erased; its client calls it off; or its URL does not open',
  },
  { from: 'pending', to: 'expired', by: 'agent-workload', when: 'it expires' },
  { from: 'binding', to: 'bound', by: 'session-binding', when: 'AgentCore has completed it' },
  { from: 'binding', to: 'failed', by: 'session-binding', when: 'AgentCore has refused it' },
  {
    from: 'binding',
    to: 'unconfirmed',
    by: 'session-binding',
    when: 'AgentCore has neither completed nor refused it, or that is not known; or no outcome was recorded in time',
  },
  { from: 'binding', to: 'unconfirmed', by: 'agent-workload', when: 'no outcome was recorded in time' },
  {
    from: 'unconfirmed',
    to: 'bound',
    by: 'session-binding',
    when: "AgentCore's late answer says that it has completed it",
  },
  { from: 'unconfirmed', to: 'failed', by: 'session-binding', when: "AgentCore's late answer refuses it" },
  { from: 'unconfirmed', to: 'bound', by: 'agent-workload', when: 'AgentCore has a token' },
  {
    from: 'unconfirmed',
    to: 'failed',
    by: 'agent-workload',
    when: 'AgentCore has no token at the last query, or the user session has ended',
  },
]

/** Why it `failed`; absent when no refusal was seen. */
export const AuthorizationFailure = z.enum(['denied', 'refused'])
export type AuthorizationFailure = z.infer<typeof AuthorizationFailure>

const hash = z.string().regex(/^[A-Za-z0-9_-]{43}$/)

/** Sealed once. Hashes are SHA-256, base64url. */
export const AuthorizationFacts = z.object({
  owner: UserRef,
  provider: ProviderId,
  /** Stored because session binding knows no providers, and another version may not know this one. */
  displayName: z.string().min(1).max(64).default('Your account'),
  /** Space-separated and sorted. */
  scopes: z.string(),
  /** Unix time in milliseconds. */
  createdAt: z.int().positive(),
  /** Unix time in milliseconds. The key outlives it: the time decides, not the key. */
  expiresAt: z.int().positive(),
  /** Of the whole `state` (`customState` in the request). */
  stateHash: hash,
  sessionUriHash: hash,
  /** The id of the request that created it, or started its turn. */
  correlationId: z.string().min(1).max(64),
  /** See `ConnectionRef`. */
  named: ConnectionId.optional(),
  /** The name that the account is asked for with. */
  hint: z.string().optional(),
  /** Absent (an earlier version): the provider's. */
  parameters: z.record(z.string(), z.string()).optional(),
  chooser: z.literal(true).optional(),
  /** The connection's when this authorization was asked for; absent for 0. If it has changed when the consent comes, nothing is connected. */
  generation: z.int().nonnegative().optional(),
  /** Unix time in milliseconds. */
  disconnectedAt: z.int().positive().optional(),
})
export type AuthorizationFacts = z.infer<typeof AuthorizationFacts>

/** Sealed again at every change. */
export const AuthorizationProgress = z.object({
  status: PendingAuthorizationStatus,
  failure: AuthorizationFailure.optional(),
  /** Unix time in milliseconds. When the status is still `binding` then, the process that binds counts as dead. */
  bindingEndsAt: z.int().positive().optional(),
  /** Set by the first start. */
  browserHash: hash.optional(),
})
export type AuthorizationProgress = z.infer<typeof AuthorizationProgress>

/**
 * The record of step 5, opened. In Redis it is a hash of sealed fields: `facts`, `progress`, `sealedAuthorization`
 * (`{ authorizationUrl, sessionUri }`, for the agent workload only) and `sealedIdentityArtifact` ({@link IdentityArtifact}).
 */
export interface PendingAuthorization extends AuthorizationFacts, AuthorizationProgress {
  /** As it was read: a transition is made only if it is unchanged in Redis. */
  sealedProgress: string
  sealedAuthorization: string
  sealedIdentityArtifact: string
}

export const connectionOf = ({
  owner: user,
  provider,
  named,
}: Pick<AuthorizationFacts, 'owner' | 'provider' | 'named'>): ConnectionRef => ({ user, provider, named })

export const pendingAuthorizationKey = (id: AuthorizationId) =>
  `pending-authorization:{${userSessionRefOf(id)}}:${id.slice(id.indexOf('.') + 1)}`

/** A set of `WaiterId`s. */
export const waitersKey = (id: AuthorizationId) =>
  `waiting-turns:{${userSessionRefOf(id)}}:${id.slice(id.indexOf('.') + 1)}`

/** Its messages are authorization ids. */
export const AUTHORIZATION_SETTLED_CHANNEL = 'authorization-settled'

/**
 * A Redis hash from `<provider> … <scopes>` (`docs/redis-schema.md`) to `<authorization id> <expires at>`, and from
 * `settled <authorization id>` and `expired <authorization id>` to `<authorization id> <deleted at>`.
 */
export const pendingAuthorizationIndexKey = (ref: UserSessionRef) => `pending-authorization-index:{${ref}}`

/** How long AgentCore keeps an authorization session (devguide, session binding). */
export const AGENTCORE_AUTHORIZATION_SECONDS = 600

/** How long a record outlives its expiry: its owner is shown the outcome. */
export const PENDING_AUTHORIZATION_GRACE_SECONDS = 600

/**
 * `customState`: `<authorization id>.<secret>`. The id finds the record, and the secret proves that the return belongs to it.
 */
export const AuthorizationState = z.string().regex(/^[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}$/)

/** Call it with a parsed state only. */
export function authorizationIdOfState(state: z.infer<typeof AuthorizationState>): AuthorizationId {
  return state.slice(0, state.lastIndexOf('.')) as AuthorizationId
}

/** As it arrives in `session_id`. */
export const SessionUri = z
  .string()
  .max(1024)
  .regex(/^urn:ietf:params:oauth:request_uri:[a-zA-Z0-9\-._~]+$/)
