import { z } from 'zod'
import { type ConfirmationId, turnIdOf, type UserRef, type UserSessionRef } from './identifiers.ts'
import { ProviderId } from './provider.ts'
import { turnConfirmationsKey } from './turn.ts'

/** All but `pending` are final. `withdrawn`: the turn has asked another question since. */
export const ConfirmationStatus = z.enum(['pending', 'confirmed', 'declined', 'expired', 'withdrawn'])
export type ConfirmationStatus = z.infer<typeof ConfirmationStatus>

/** SHA-256, hexadecimal, over turn, tool, input, and the id of a named account (`ConnectionRef`). */
const effectId = z.string().regex(/^[0-9a-f]{64}$/)

/** Sealed once. When `confirmed`, it is valid for exactly these calls. */
export const ConfirmationFacts = z.object({
  calls: z.array(z.object({ effect: effectId, tool: z.string().min(1), provider: ProviderId })).min(1),
  /** Unix time in milliseconds. */
  createdAt: z.int().positive(),
  /** Unix time in milliseconds. */
  expiresAt: z.int().positive(),
})
export type ConfirmationFacts = z.infer<typeof ConfirmationFacts>

/** Sealed again at each transition. */
export const ConfirmationProgress = z.object({ status: ConfirmationStatus })
export type ConfirmationProgress = z.infer<typeof ConfirmationProgress>

export const confirmationField = (id: ConfirmationId, part: 'facts' | 'progress') => `${id} ${part}`
export const confirmationsKeyOf = (id: ConfirmationId) => turnConfirmationsKey(turnIdOf(id))

/** A set: ids of turns that have asked for a confirmation. */
export const confirmingTurnsKey = (ref: UserSessionRef) => `confirming-turns:{${ref}}`
/** A sorted set: confirmation ids by the time of the next check. */
export const CONFIRMATION_EXPIRIES_KEY = 'confirmation-expiries:{agent-workload}'

export const AskFirst = z.object({ askFirst: z.boolean() })
export const askFirstKey = (user: UserRef, provider: ProviderId) => `ask-first:{${user}}:${provider}`

/** How many characters of an argument a confirmation shows; the rest is cut. */
export const CONFIRMATION_VALUE_LENGTH = 1_000
