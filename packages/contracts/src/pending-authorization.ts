import { z } from 'zod'
import { type AuthorizationId, UserRef, type UserSessionRef, userSessionRefOf } from './identifiers.ts'
import { ProviderId } from './providers.ts'

/**
 * ```
 * pending ──▶ binding ──▶ bound
 *    │           ├──────▶ failed        (AgentCore or the user said no)
 *    │           └──────▶ unconfirmed   (the outcome is not known: the workload asks AgentCore)
 *    │                         ├──▶ bound     (there is a token)
 *    │                         └──▶ failed    (there is none, and there will be none)
 *    ├──▶ cancelled
 *    └──▶ expired
 * ```
 * Every arrow is a compare-and-set; nothing leaves `bound`, `failed`, `cancelled` or `expired`.
 */
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

/** Why an authorization `failed`, in words that may be shown; absent where nobody said no, and it was never confirmed. */
export const AuthorizationFailure = z.enum(['denied', 'refused'])
export type AuthorizationFailure = z.infer<typeof AuthorizationFailure>

const hash = z.string().regex(/^[A-Za-z0-9_-]{43}$/)

/**
 * Step 5's record: a Redis hash, every field a string. Hashes are SHA-256, base64url. The session binding service decides
 * on the hashes and opens `sealedIdentityArtifact` only; it has no key for `sealedAuthorization`.
 */
export const PendingAuthorization = z.object({
  status: PendingAuthorizationStatus,
  failure: AuthorizationFailure.optional(),
  owner: UserRef,
  provider: ProviderId,
  /** Space-separated and sorted, as they were asked for. */
  scopes: z.string(),
  /** Unix time in milliseconds. */
  createdAt: z.coerce.number().int().positive(),
  /** Unix time in milliseconds; from then on nobody can start or bind it, whether or not the key still exists. */
  expiresAt: z.coerce.number().int().positive(),
  /** Of the whole `state` that AgentCore hands back as `customState`. */
  stateHash: hash,
  sessionUriHash: hash,
  /** The id of the request that created it: from there to the AWS call, everything about it can be found by this. */
  correlationId: z.string().min(1).max(64).default('unknown'),
  /**
   * Unix time in milliseconds, set with `binding`: a record that is still `binding` then was left behind by a process that
   * died, and its outcome is not known.
   */
  bindingEndsAt: z.coerce.number().int().positive().optional(),
  /** Of the user session; set by the first start. Without it nobody was handed the authorization URL. */
  browserHash: hash.optional(),
  /** `{ authorizationUrl, sessionUri }`, sealed for the agent workload. */
  sealedAuthorization: z.string().min(1),
  /** {@link IdentityArtifact}, sealed for session binding. */
  sealedIdentityArtifact: z.string().min(1),
})
export type PendingAuthorization = z.infer<typeof PendingAuthorization>

export const pendingAuthorizationKey = (id: AuthorizationId) =>
  `pending-authorization:{${userSessionRefOf(id)}}:${id.slice(id.indexOf('.') + 1)}`

/**
 * What the sealed identity artifact is tied to, as its associated data: its record, and what a return is measured against. Who
 * can write to Redis without a key could otherwise put a `stateHash` of their choice into a record of their own, forward
 * its authorization URL, and finish somebody else's consent as themselves.
 */
export const identityArtifactPlace = (
  id: AuthorizationId,
  record: Pick<PendingAuthorization, 'owner' | 'provider' | 'scopes' | 'stateHash' | 'sessionUriHash'>,
) =>
  [
    `${pendingAuthorizationKey(id)} sealedIdentityArtifact`,
    record.owner,
    record.provider,
    record.stateHash,
    record.sessionUriHash,
    record.scopes,
  ].join('\n')

/** The set of turns that wait for this authorization. */
export const waitingTurnsKey = (id: AuthorizationId) =>
  `waiting-turns:{${userSessionRefOf(id)}}:${id.slice(id.indexOf('.') + 1)}`

/** Published with an authorization id when it has left `binding`: a repeated return that waits for the outcome reads it. */
export const AUTHORIZATION_SETTLED_CHANNEL = 'authorization-settled'

/**
 * Every authorization of one user session: hash of `<provider> <scopes>` to `<authorization id> <expires at>`, and of
 * `settled <authorization id>` to `<authorization id> <deleted at>`.
 */
export const pendingAuthorizationIndexKey = (ref: UserSessionRef) => `pending-authorization-index:{${ref}}`

/** Longest time that AgentCore keeps an authorization session, in seconds (devguide, session binding). */
export const AGENTCORE_AUTHORIZATION_SECONDS = 600

/** How long a record outlives its expiry, so that its owner can be told what became of it, in seconds. */
export const PENDING_AUTHORIZATION_GRACE_SECONDS = 600

/**
 * `customState`: `<authorization id>.<secret>`. The id finds the record, the hash of the whole proves that this return
 * belongs to the authorization that was started.
 */
export const AuthorizationState = z.string().regex(/^[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}$/)

/** The authorization that a `state` names; call it with a parsed state only. */
export function authorizationIdOfState(state: z.infer<typeof AuthorizationState>): AuthorizationId {
  return state.slice(0, state.lastIndexOf('.')) as AuthorizationId
}

/** AgentCore's name for one authorization session, as it arrives in `session_id`. */
export const SessionUri = z
  .string()
  .max(1024)
  .regex(/^urn:ietf:params:oauth:request_uri:[a-zA-Z0-9\-._~]+$/)
