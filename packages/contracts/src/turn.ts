import { z } from 'zod'
import { type ConversationId, conversationIdOf, TurnId, UserRef, UserSessionRef } from './identifiers.ts'

/** A `waiting` turn is suspended. */
export const TurnStatus = z.enum(['queued', 'running', 'waiting', 'done', 'failed'])
export type TurnStatus = z.infer<typeof TurnStatus>

/** In UTF-8. */
export const MESSAGE_MAX_BYTES = 8 * 1024

/** Sealed once. */
export const TurnFacts = z.object({
  owner: UserRef,
  /** The turn acts in this user session, and gets no access token after the user session has ended. */
  userSession: UserSessionRef,
  message: z.string().min(1),
  /** Unix time in milliseconds. */
  createdAt: z.int().positive(),
  requestId: z.string().min(1),
})
export type TurnFacts = z.infer<typeof TurnFacts>

/** Sealed again at every change. A change needs the stored sealed value to be the one that its caller read or wrote. */
export const TurnProgress = z.object({
  status: TurnStatus,
  /** The number of the latest run, 0 before the first. Only this run, and the claim of the next one, may change this record. */
  run: z.int().nonnegative(),
  /**
   * How many runs, since the turn was last queued or suspended, began because the lease of the run before had ended. A run after a hand-over
   * is not counted.
   */
  takeOvers: z.int().nonnegative().optional(),
  /** The last run's process stopped in an orderly way: the next run is no take-over. */
  handedOver: z.literal(true).optional(),
  /** It has waited for its user. */
  resumed: z.literal(true).optional(),
})
export type TurnProgress = z.infer<typeof TurnProgress>

export type Turn = TurnFacts & TurnProgress

/**
 * No run begins later after the question, by the sealed `createdAt`: a writer of Redis can put back the turn's earlier progress, and with it everything
 * that the turn does. A turn may wait several times, 20 minutes at the longest.
 */
export const TURN_RUNS_WITHIN_SECONDS = { ofQuestion: 600, onceResumed: 3_600 } as const

/** Sealed once. */
export const ConversationFacts = z.object({ owner: UserRef })
export type ConversationFacts = z.infer<typeof ConversationFacts>

export const turnKey = (id: TurnId) => `turn:{${conversationIdOf(id)}}:${id.slice(id.indexOf('.') + 1)}`
/** A Redis stream; the ids of its entries are the cursors of the event stream. */
export const turnEventsKey = (id: TurnId) => `turn-events:{${conversationIdOf(id)}}:${id.slice(id.indexOf('.') + 1)}`
/**
 * A Redis hash from a need (`<provider> [connection]`) to the authorization id, from `account <provider>` to the connection that the turn uses, both
 * sealed, and from `announced <authorization id>` to `1`.
 */
export const turnAuthorizationsKey = (id: TurnId) =>
  `turn-authorizations:{${conversationIdOf(id)}}:${id.slice(id.indexOf('.') + 1)}`
/** A Redis hash from effect id to the intent, the outcome, or that nothing was done; sealed. */
export const turnEffectsKey = (id: TurnId) => `turn-effects:{${conversationIdOf(id)}}:${id.slice(id.indexOf('.') + 1)}`
/** A Redis hash with the fields `<confirmation id> facts` and `<confirmation id> progress`, sealed. */
export const turnConfirmationsKey = (id: TurnId) =>
  `turn-confirmations:{${conversationIdOf(id)}}:${id.slice(id.indexOf('.') + 1)}`
export const conversationKey = (id: ConversationId) => `conversation:{${id}}`
/** A list of turn ids, oldest first. */
export const conversationTurnsKey = (id: ConversationId) => `conversation-turns:{${id}}`
/** The agent's memory; sealed. */
export const conversationSnapshotKey = (id: ConversationId, path: string) => `conversation-snapshot:{${id}}:${path}`

/** Its messages are turn ids. */
export const TURN_EVENTS_CHANNEL = 'turn-events'

/** A Redis stream with one consumer group. */
export const TURN_WORK_STREAM = 'turn-work:{agent-workload}'
/** Step 10: a start id and nothing else. */
export const BINDING_NOTIFICATIONS_STREAM = 'binding-notifications:{agent-workload}'
/**
 * How long after a change a replica looks at the record, in case the process died. A look before the change finds
 * nothing to do, so this is longer than a Redis command waits for its answer, unless `REDIS_COMMAND_TIMEOUT_MS` is set to more.
 */
export const LOOK_AFTER_CHANGE_MS = 5_000
export const AGENT_WORKLOAD_CONSUMER_GROUP = 'agent-workload'

export const TurnWork = z.object({
  turnId: TurnId,
  kind: z.enum(['start', 'resume']),
})
export type TurnWork = z.infer<typeof TurnWork>
