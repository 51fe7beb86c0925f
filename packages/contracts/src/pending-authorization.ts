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
  /** Phrased as the end of a sentence. */
  when: string
}

/**
 * The whole lifecycle of a pending authorization. Each service may make only its own transitions. Each transition compares the
 * stored, sealed progress with what was read, and replaces it, in one atomic step. `bound`, `failed`, `cancelled` and `expired`
 * are final.
 */
export const AUTHORIZATION_TRANSITIONS: readonly AuthorizationTransition[] = [
  { from: 'pending', to: 'pending', by: 'agent-workload', when: 'a browser starts it' },
  { from: 'pending', to: 'binding', by: 'session-binding', when: 'a return passes every check' },
  { from: 'pending', to: 'failed', by: 'session-binding', when: 'its user has denied the consent' },
  { from: 'pending', to: 'cancelled', by: 'agent-workload', when: 'its user cancels it' },
  { from: 'pending', to: 'expired', by: 'agent-workload', when: 'it expires' },
  { from: 'binding', to: 'bound', by: 'session-binding', when: 'AgentCore has completed it' },
  { from: 'binding', to: 'failed', by: 'session-binding', when: 'AgentCore has refused it' },
  {
    from: 'binding',
    to: 'unconfirmed',
    by: 'session-binding',
    when: "AgentCore's answer does not say whether it was completed, or the process died",
  },
  { from: 'binding', to: 'unconfirmed', by: 'agent-workload', when: 'the process died' },
  {
    from: 'unconfirmed',
    to: 'bound',
    by: 'session-binding',
    when: "AgentCore's late answer says that it has completed it",
  },
  { from: 'unconfirmed', to: 'failed', by: 'session-binding', when: "AgentCore's late answer refuses it" },
  { from: 'unconfirmed', to: 'bound', by: 'agent-workload', when: 'AgentCore has a token' },
  { from: 'unconfirmed', to: 'failed', by: 'agent-workload', when: 'AgentCore has no token at the last query' },
]

/** Why an authorization `failed`, as a code that may be shown; absent when it was never confirmed and no refusal was seen. */
export const AuthorizationFailure = z.enum(['denied', 'refused'])
export type AuthorizationFailure = z.infer<typeof AuthorizationFailure>

const hash = z.string().regex(/^[A-Za-z0-9_-]{43}$/)

/** Sealed once, by the replica that asked AgentCore. Hashes are SHA-256, base64url. */
export const AuthorizationFacts = z.object({
  owner: UserRef,
  provider: ProviderId,
  /** Of the provider: the service that shows the outcome may be a version that does not know the provider. Older records have none. */
  displayName: z.string().min(1).max(64).default('Your account'),
  /** Space-separated and sorted, as requested. */
  scopes: z.string(),
  /** Unix time in milliseconds. */
  createdAt: z.int().positive(),
  /** Unix time in milliseconds; from then on it cannot be started or bound, whether or not the key still exists. */
  expiresAt: z.int().positive(),
  /** Of the whole `state` that AgentCore returns (`customState` in the request). */
  stateHash: hash,
  sessionUriHash: hash,
  /** The id of the request that created it (in a turn, the one that started the turn): it is on all of its audit lines. */
  correlationId: z.string().min(1).max(64),
  /** The id of the account, when its user asked for it by name; see `ConnectionRef`. */
  named: ConnectionId.optional(),
  /** The name that was asked for, as the vendor knows it. */
  hint: z.string().optional(),
  /** Those that are sent to the vendor's authorization server. A record of an earlier version has none: the provider's are used. */
  parameters: z.record(z.string(), z.string()).optional(),
  /** The vendor's account chooser was asked for. */
  chooser: z.literal(true).optional(),
  /** The connection's generation when this was asked for; absent for 0. When the user has disconnected since, it connects nothing. */
  generation: z.int().nonnegative().optional(),
  /** When the user disconnected, if they did; Unix time in milliseconds. The card in the chat shows it. */
  disconnectedAt: z.int().positive().optional(),
})
export type AuthorizationFacts = z.infer<typeof AuthorizationFacts>

/** Sealed again at every transition. */
export const AuthorizationProgress = z.object({
  status: PendingAuthorizationStatus,
  failure: AuthorizationFailure.optional(),
  /**
   * Unix time in milliseconds, set with `binding`. When a record is still `binding` at this time, its process counts as dead and the
   * outcome as not known.
   */
  bindingEndsAt: z.int().positive().optional(),
  /** Of the user session; set by the first start. Without it no browser has received the authorization URL. */
  browserHash: hash.optional(),
})
export type AuthorizationProgress = z.infer<typeof AuthorizationProgress>

/**
 * The record of step 5, opened. In Redis it is a hash of sealed fields: `facts`, `progress`, `sealedAuthorization`
 * (`{ authorizationUrl, sessionUri }`, for the agent workload only) and `sealedIdentityArtifact` ({@link IdentityArtifact}).
 */
export interface PendingAuthorization extends AuthorizationFacts, AuthorizationProgress {
  /** The progress as it was read: a transition is made only if it is unchanged in Redis. */
  sealedProgress: string
  sealedAuthorization: string
  sealedIdentityArtifact: string
}

/** The connection that it is for. */
export const connectionOf = ({
  owner: user,
  provider,
  named,
}: Pick<AuthorizationFacts, 'owner' | 'provider' | 'named'>): ConnectionRef => ({ user, provider, named })

export const pendingAuthorizationKey = (id: AuthorizationId) =>
  `pending-authorization:{${userSessionRefOf(id)}}:${id.slice(id.indexOf('.') + 1)}`

/** The set of `WaiterId`s that wait for this authorization. */
export const waitersKey = (id: AuthorizationId) =>
  `waiting-turns:{${userSessionRefOf(id)}}:${id.slice(id.indexOf('.') + 1)}`

/**
 * Session binding publishes an authorization's id here when it has recorded an outcome, also a denial or a late answer of AgentCore.
 * Repeated returns and erasures that wait for the outcome are woken by it.
 */
export const AUTHORIZATION_SETTLED_CHANNEL = 'authorization-settled'

/**
 * The authorizations of one user session: hash of `<provider> <scopes>` to `<authorization id> <expires at>`, and of
 * `settled <authorization id>` to `<authorization id> <deleted at>`. `docs/redis-schema.md` lists what can stand between provider and scopes.
 */
export const pendingAuthorizationIndexKey = (ref: UserSessionRef) => `pending-authorization-index:{${ref}}`

/** Longest time that AgentCore keeps an authorization session, in seconds (devguide, session binding). */
export const AGENTCORE_AUTHORIZATION_SECONDS = 600

/** How long a record stays after its expiry, in seconds, so that its owner can be shown the outcome. */
export const PENDING_AUTHORIZATION_GRACE_SECONDS = 600

/**
 * `customState`: `<authorization id>.<secret>`. The id finds the record; the hash of the whole proves that the return belongs
 * to the authorization that was started.
 */
export const AuthorizationState = z.string().regex(/^[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}$/)

/** The authorization in a `state`; call it with a parsed state only. */
export function authorizationIdOfState(state: z.infer<typeof AuthorizationState>): AuthorizationId {
  return state.slice(0, state.lastIndexOf('.')) as AuthorizationId
}

/** AgentCore's identifier of one authorization session, as it arrives in `session_id`. */
export const SessionUri = z
  .string()
  .max(1024)
  .regex(/^urn:ietf:params:oauth:request_uri:[a-zA-Z0-9\-._~]+$/)
