import { z } from 'zod'
import { type ConversationId, conversationIdOf, TurnId, UserRef, UserSessionRef } from './identifiers.ts'

/** `waiting` turns are suspended: no process holds anything for them. */
export const TurnStatus = z.enum(['queued', 'running', 'waiting', 'done', 'failed'])
export type TurnStatus = z.infer<typeof TurnStatus>

/** Longest message of a user, in bytes of UTF-8. */
export const MESSAGE_MAX_BYTES = 8 * 1024

/** Sealed once, by the replica that took the question: nobody can change who asked what. */
export const TurnFacts = z.object({
  owner: UserRef,
  /** The user session that asked: the turn acts with its tokens and ends with it. */
  userSession: UserSessionRef,
  message: z.string().min(1),
  /** Unix time in milliseconds. */
  createdAt: z.int().positive(),
  /** Correlates everything that the turn causes with the request that asked for it. */
  requestId: z.string().min(1),
})
export type TurnFacts = z.infer<typeof TurnFacts>

/** Sealed anew with every change; scripts compare the sealed value that was read. */
export const TurnProgress = z.object({
  status: TurnStatus,
  /** Counts the runs; only the run that claimed the turn last may write to it. */
  run: z.int().nonnegative(),
})
export type TurnProgress = z.infer<typeof TurnProgress>

export type Turn = TurnFacts & TurnProgress

/** Sealed once, with the conversation's first turn. */
export const ConversationFacts = z.object({ owner: UserRef })
export type ConversationFacts = z.infer<typeof ConversationFacts>

export const turnKey = (id: TurnId) => `turn:{${conversationIdOf(id)}}:${id.slice(id.indexOf('.') + 1)}`
/** A Redis stream; the entries' ids are the cursors of the event stream. */
export const turnEventsKey = (id: TurnId) => `turn-events:{${conversationIdOf(id)}}:${id.slice(id.indexOf('.') + 1)}`
/** What the turn has asked the user for: hash of `<provider> <scopes>` to authorization id. */
export const turnAuthorizationsKey = (id: TurnId) =>
  `turn-authorizations:{${conversationIdOf(id)}}:${id.slice(id.indexOf('.') + 1)}`
/** What the turn has done at vendors, or set out to do: hash of tool and input to what became of it, sealed. */
export const turnEffectsKey = (id: TurnId) => `turn-effects:{${conversationIdOf(id)}}:${id.slice(id.indexOf('.') + 1)}`
/** What the turn has asked its user to confirm: hash of `<confirmation id> facts` and `<confirmation id> progress`, sealed. */
export const turnConfirmationsKey = (id: TurnId) =>
  `turn-confirmations:{${conversationIdOf(id)}}:${id.slice(id.indexOf('.') + 1)}`
export const conversationKey = (id: ConversationId) => `conversation:{${id}}`
/** The list of the conversation's turn ids, oldest first. */
export const conversationTurnsKey = (id: ConversationId) => `conversation-turns:{${id}}`
/** What the agent remembers of the conversation, a suspended turn included; sealed. */
export const conversationSnapshotKey = (id: ConversationId, path: string) => `conversation-snapshot:{${id}}:${path}`

/** Published with a turn id when that turn has a new event: replicas that stream it read on. */
export const TURN_EVENTS_CHANNEL = 'turn-events'

/** Work for any replica: a Redis stream with one consumer group. */
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
