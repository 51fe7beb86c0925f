import { z } from 'zod'
import { type ConversationId, conversationIdOf, TurnId, UserRef, UserSessionRef } from './identifiers.ts'

/** `waiting` turns are suspended: no process holds anything for them. */
export const TurnStatus = z.enum(['queued', 'running', 'waiting', 'done', 'failed'])
export type TurnStatus = z.infer<typeof TurnStatus>

/** Longest message of a user, in bytes of UTF-8. */
export const MESSAGE_MAX_BYTES = 8 * 1024

/** A Redis hash, every field a string. */
export const Turn = z.object({
  status: TurnStatus,
  owner: UserRef,
  /** The user session that asked: the turn acts with its tokens and ends with it. */
  userSession: UserSessionRef,
  /** Sealed. */
  message: z.string().min(1),
  /** Unix time in milliseconds. */
  createdAt: z.coerce.number().int().positive(),
  /** Counts the runs; only the run that claimed the turn last may write to it. */
  run: z.coerce.number().int().nonnegative(),
  /** Unix time in milliseconds until which the current run is believed to live. */
  leaseEndsAt: z.coerce.number().int().nonnegative(),
  /** Correlates everything that the turn causes with the request that asked for it. */
  requestId: z.string().min(1),
})
export type Turn = z.infer<typeof Turn>

/** A Redis hash. */
export const Conversation = z.object({
  owner: UserRef,
  /** The turn that runs or waits; empty when the conversation is free. */
  currentTurn: z.string(),
})
export type Conversation = z.infer<typeof Conversation>

export const turnKey = (id: TurnId) => `turn:{${conversationIdOf(id)}}:${id.slice(id.indexOf('.') + 1)}`
/** A Redis stream; the entries' ids are the cursors of the event stream. */
export const turnEventsKey = (id: TurnId) => `turn-events:{${conversationIdOf(id)}}:${id.slice(id.indexOf('.') + 1)}`
/** What the turn has asked the user for: hash of `<provider> <scopes>` to authorization id. */
export const turnAuthorizationsKey = (id: TurnId) =>
  `turn-authorizations:{${conversationIdOf(id)}}:${id.slice(id.indexOf('.') + 1)}`
/** What the turn has done at vendors, or set out to do: hash of tool and input to `intended` or the outcome, sealed. */
export const turnEffectsKey = (id: TurnId) => `turn-effects:{${conversationIdOf(id)}}:${id.slice(id.indexOf('.') + 1)}`
export const conversationKey = (id: ConversationId) => `conversation:{${id}}`
/** The list of the conversation's turn ids, oldest first. */
export const conversationTurnsKey = (id: ConversationId) => `conversation-turns:{${id}}`
/** What the agent remembers of the conversation, a suspended turn included; sealed. */
export const conversationSnapshotKey = (id: ConversationId, path: string) => `conversation-snapshot:{${id}}:${path}`

/** Published with a turn id when that turn has a new event: replicas that stream it read on. */
export const TURN_EVENTS_CHANNEL = 'turn-events'

/** Work for any replica: a Redis stream with one consumer group. Both streams share a slot, so that one read serves both. */
export const TURN_WORK_STREAM = 'turn-work:{agent-workload}'
/** Step 10's message: says that an authorization is worth looking at again, and nothing else. */
export const BINDING_NOTIFICATIONS_STREAM = 'binding-notifications:{agent-workload}'
/** A sorted set: authorization ids by the time they expire. */
export const AUTHORIZATION_EXPIRIES_KEY = 'authorization-expiries:{agent-workload}'
export const AGENT_WORKLOAD_CONSUMER_GROUP = 'agent-workload'

export const TurnWork = z.object({
  turnId: TurnId,
  kind: z.enum(['start', 'resume']),
})
export type TurnWork = z.infer<typeof TurnWork>
