import { z } from 'zod'
import { ConnectionId } from './connection.ts'
import { TURN_ERROR_CODES } from './error-codes.ts'
import { AuthorizationId, ConfirmationId } from './identifiers.ts'
import { ProviderId } from './provider.ts'

/** Our words and the call's arguments: the model does not describe the call. */
const callToConfirm = z.object({
  tool: z.string(),
  displayName: z.string(),
  /** Long values are cut. `more`: the number of characters that are not shown. */
  details: z.array(z.object({ name: z.string(), value: z.string(), more: z.int().positive().optional() })),
})

export const AuthorizationFailedCode = z.enum(['denied', 'cancelled', 'expired', 'failed', 'wrong_account'])

/**
 * The events of a turn, as its stream sends them: `event:` is the name, `data:` the JSON of `data`.
 * None may carry a token, an authorization URL or a session URI.
 */
export const TurnEvent = z.discriminatedUnion('event', [
  z.object({ event: z.literal('text'), data: z.object({ delta: z.string() }) }),
  z.object({
    event: z.literal('tool'),
    data: z.object({ tool: z.string(), status: z.enum(['started', 'succeeded', 'failed']) }),
  }),
  z.object({
    event: z.literal('authorization_required'),
    data: z.object({
      authorizationId: AuthorizationId,
      provider: ProviderId,
      displayName: z.string(),
      /** Descriptions of the scopes, for the user. */
      scopes: z.array(z.string()),
      /** Relative to the app's origin. */
      startUrl: z.string(),
      expiresAt: z.iso.datetime(),
      /** Descriptions of what the user left out when they consented before. */
      missing: z.array(z.string()).optional(),
      /** When the user disconnected, if they did. */
      disconnectedAt: z.iso.datetime().optional(),
    }),
  }),
  z.object({
    event: z.literal('authorization_completed'),
    data: z.object({ authorizationId: AuthorizationId, account: z.string().optional() }),
  }),
  z.object({
    event: z.literal('authorization_failed'),
    data: z.object({ authorizationId: AuthorizationId, code: AuthorizationFailedCode }),
  }),
  /**
   * The user has to decide about the account that came (`ConnectionStatus`), and the turn waits. `authorization_completed` or
   * `authorization_failed` follows, unless the turn ends before.
   */
  z.object({
    event: z.literal('wrong_account'),
    data: z.object({
      authorizationId: AuthorizationId,
      provider: ProviderId,
      displayName: z.string(),
      accountId: ConnectionId,
      askedAccount: z.string(),
      /** The account that came; absent when the vendor did not name it. */
      account: z.string().optional(),
      /** "Use it" uses another connection, which has this account already. */
      isConnectedAlready: z.literal(true).optional(),
      /** Sent back with `account` by "Use it"; absent in an event of an earlier version. */
      generation: z.int().nonnegative().optional(),
      expiresAt: z.iso.datetime(),
    }),
  }),
  /** The user went on with another consent in the same browser, which does not end this one. */
  z.object({
    event: z.literal('authorization_set_aside'),
    data: z.object({ authorizationId: AuthorizationId, instead: z.object({ displayName: z.string() }) }),
  }),
  /** The turn waits for its user's answer. An earlier question of the turn is closed. */
  z.object({
    event: z.literal('confirmation_required'),
    data: z.object({
      confirmationId: ConfirmationId,
      calls: z.array(callToConfirm),
      /** How many changes the turn has begun. */
      begun: z.int().nonnegative(),
      expiresAt: z.iso.datetime(),
    }),
  }),
  z.object({
    event: z.literal('confirmation_settled'),
    data: z.object({ confirmationId: ConfirmationId, outcome: z.enum(['confirmed', 'declined', 'expired']) }),
  }),
  /**
   * A run died or was handed over, and another one starts over. The `text` and `tool` events between the cursor `after` and this
   * event are void. Events of authorizations and confirmations stay valid.
   */
  z.object({ event: z.literal('restarted'), data: z.object({ after: z.string() }) }),
  z.object({ event: z.literal('error'), data: z.object({ code: z.enum(TURN_ERROR_CODES), requestId: z.string() }) }),
  z.object({ event: z.literal('done'), data: z.object({}) }),
])
export type TurnEvent = z.infer<typeof TurnEvent>
export type AuthorizationRequired = Extract<TurnEvent, { event: 'authorization_required' }>['data']
export type WrongAccount = Extract<TurnEvent, { event: 'wrong_account' }>['data']
export type ConfirmationRequired = Extract<TurnEvent, { event: 'confirmation_required' }>['data']
export type CallToConfirm = z.infer<typeof callToConfirm>
export type AuthorizationFailedCode = z.infer<typeof AuthorizationFailedCode>

/** The event of `GET /api/connections/events`, with `{}`. Also sent when the stream begins. */
export const CONNECTIONS_CHANGED = 'connections_changed'

/** A comment line is sent this often, in milliseconds: proxies close an idle stream. */
export const EVENT_STREAM_KEEP_ALIVE_MS = 15_000

/** In seconds: data written to a connection must be sent within this time, or the connection is destroyed. */
export const ANSWER_DRAIN_SECONDS = 30
