import { z } from 'zod'
import { TURN_ERROR_CODES } from './error-codes.ts'
import { AuthorizationId, ConfirmationId } from './identifiers.ts'
import { ProviderId } from './provider.ts'

/** The model writes no description of the call. `details` has the call's arguments, with invisible characters replaced, and may name the account. */
const callToConfirm = z.object({
  tool: z.string(),
  displayName: z.string(),
  /** `more`: the number of characters that were cut. */
  details: z.array(z.object({ name: z.string(), value: z.string(), more: z.int().positive().optional() })),
})

export const AuthorizationFailedCode = z.enum(['denied', 'cancelled', 'expired', 'failed', 'wrong_account'])

/**
 * The events of a turn, as its stream sends them. None may carry a token, an authorization URL or a session URI.
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
      /** In words. */
      scopes: z.array(z.string()),
      /** Relative to the app's origin. */
      startUrl: z.string(),
      /** Until when the link may be opened for the first time. Each opening gives ten minutes. */
      expiresAt: z.iso.datetime(),
      /** In words: what the user left out before. */
      missing: z.array(z.string()).optional(),
      disconnectedAt: z.iso.datetime().optional(),
    }),
  }),
  z.object({
    event: z.literal('authorization_completed'),
    data: z.object({ authorizationId: AuthorizationId, account: z.string().optional() }),
  }),
  z.object({
    event: z.literal('authorization_failed'),
    /** `account`: with `wrong_account`, the name of the one that came. */
    data: z.object({
      authorizationId: AuthorizationId,
      code: AuthorizationFailedCode,
      account: z.string().optional(),
    }),
  }),
  /** The user went on with another consent; this authorization is still pending. */
  z.object({
    event: z.literal('authorization_set_aside'),
    data: z.object({ authorizationId: AuthorizationId, instead: z.object({ displayName: z.string() }) }),
  }),
  /** Replaces the turn's earlier confirmation, if one is open: that one gets no `confirmation_settled`. */
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
  /** Another run starts over: the `text` and `tool` events between the cursor `after` and this event are void. */
  z.object({ event: z.literal('restarted'), data: z.object({ after: z.string() }) }),
  z.object({ event: z.literal('error'), data: z.object({ code: z.enum(TURN_ERROR_CODES), requestId: z.string() }) }),
  z.object({ event: z.literal('done'), data: z.object({}) }),
])
export type TurnEvent = z.infer<typeof TurnEvent>
export type AuthorizationRequired = Extract<TurnEvent, { event: 'authorization_required' }>['data']
export type ConfirmationRequired = Extract<TurnEvent, { event: 'confirmation_required' }>['data']
export type CallToConfirm = z.infer<typeof callToConfirm>
export type AuthorizationFailedCode = z.infer<typeof AuthorizationFailedCode>

/** An event, also sent when the stream begins. Its data is `{}`. */
export const CONNECTIONS_CHANGED = 'connections_changed'

/** Proxies close an idle stream. */
export const EVENT_STREAM_KEEP_ALIVE_MS = 15_000

/** A connection whose data is not sent within this time is destroyed. */
export const ANSWER_DRAIN_SECONDS = 30
