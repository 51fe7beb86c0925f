import { z } from 'zod'
import { ConnectionId } from './connection-id.ts'
import { Entry } from './entry.ts'
import { AuthorizationId, type StartId, UserRef, type UserSessionRef, userSessionRefOf } from './identifiers.ts'
import { ProviderId } from './provider.ts'

export const START_STATUSES = ['pending', 'binding', 'bound', 'failed', 'unconfirmed', 'cancelled', 'expired'] as const
export const StartStatus = z.enum(START_STATUSES)
export type StartStatus = z.infer<typeof StartStatus>

export interface StartTransition {
  from: StartStatus
  to: StartStatus
  by: 'agent-workload' | 'session-binding'
  when: string
}

/**
 * Each transition compares the stored, sealed progress with what was read, and replaces it, in one atomic step. `bound`, `failed`,
 * `cancelled` and `expired` are final.
 */
export const START_TRANSITIONS: readonly StartTransition[] = [
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
    when: 'its authorization has ended, or has three later starts',
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
]

/** Why it `failed`; absent when no refusal was seen. */
export const StartFailure = z.enum(['denied', 'refused'])
export type StartFailure = z.infer<typeof StartFailure>

const hash = z.string().regex(/^[A-Za-z0-9_-]{43}$/)

/**
 * One trip of one browser (steps 5 to 9): the record that session binding consumes. Sealed once. Hashes are SHA-256, base64url; times are Unix
 * milliseconds.
 */
export const StartFacts = z.object({
  owner: UserRef,
  authorization: AuthorizationId,
  provider: ProviderId,
  /** Stored because session binding knows no providers, and another version may not know this one. */
  displayName: z.string().min(1).max(64),
  entry: Entry,
  /** See `Authorization`. */
  connection: ConnectionId.optional(),
  /** The generation of the user's connections at the provider: a connection that has ended since is not connected. */
  asOf: z.int().nonnegative(),
  /** Of the whole `state` (`customState` in the request). */
  stateHash: hash,
  sessionUriHash: hash,
  /** The id of the request that made the authorization, or started its turn. */
  correlationId: z.string().min(1).max(64),
  createdAt: z.int().positive(),
  /** The key outlives it: the time decides, not the key. */
  expiresAt: z.int().positive(),
})
export type StartFacts = z.infer<typeof StartFacts>

/** Sealed again at every change. */
export const StartProgress = z.object({
  status: StartStatus,
  failure: StartFailure.optional(),
  /** Unix time in milliseconds. When the status is still `binding` then, the process that binds counts as dead. */
  bindingEndsAt: z.int().positive().optional(),
  browserHash: hash,
})
export type StartProgress = z.infer<typeof StartProgress>

/**
 * The record of step 6, opened. In Redis it is a hash of sealed fields: `facts`, `progress`, `sealedIdentityArtifact` (`IdentityArtifact`).
 */
export type Start = StartFacts & StartProgress & { id: StartId }

/** As it was read: a transition is made only if it is unchanged in Redis. */
export interface StoredStart extends Start {
  sealedProgress: string
  sealedIdentityArtifact: string
}

export const startKey = (id: StartId) => `start:{${userSessionRefOf(id)}}:${id.slice(id.indexOf('.') + 1)}`
/** A sorted set of a user session: the second parts of start ids, by when their records are deleted. */
export const startsKey = (ref: UserSessionRef) => `starts:{${ref}}`

/** Its messages are start ids. */
export const START_SETTLED_CHANNEL = 'start-settled'

/** How long AgentCore keeps an authorization session (devguide, session binding). */
export const AGENTCORE_AUTHORIZATION_SECONDS = 600

/** How long a record outlives its expiry: its owner is shown the outcome. */
export const START_GRACE_SECONDS = 600

/** `customState`: `<start id>.<secret>`. The id finds the record, and the secret proves that the return belongs to it. */
export const StartState = z.string().regex(/^[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}$/)

/** Call it with a parsed state only. */
export function startIdOfState(state: z.infer<typeof StartState>): StartId {
  return state.slice(0, state.lastIndexOf('.')) as StartId
}

/** As it arrives in `session_id`. */
export const SessionUri = z
  .string()
  .max(1024)
  .regex(/^urn:ietf:params:oauth:request_uri:[a-zA-Z0-9\-._~]+$/)
