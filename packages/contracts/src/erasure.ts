import { z } from 'zod'
import { type UserRef, UserSessionRef } from './identifiers.ts'

export const ERASED_BY = ['user', 'administrator'] as const

/** `over`: the names of the accounts, which the revocations need, are erased, too. */
export const ERASURE_STATES = ['begun', 'erased', 'over'] as const

/** The mark of an erasure. Sealed as a whole; it contains no name. */
export const Erasure = z.object({
  /** Unix time in milliseconds. What was issued until then is refused; while the state is `begun`, what was issued later is, too. */
  endedAt: z.int().positive(),
  by: z.enum(ERASED_BY),
  requestId: z.string().min(1).max(64),
  /** The user session that asked. While it lives, the token vault is read in its name. */
  userSession: UserSessionRef.optional(),
  state: z.enum(ERASURE_STATES),
  /** Until then no other replica works on this erasure. Unix time in milliseconds. */
  claimedUntil: z.int().positive().optional(),
})
export type Erasure = z.infer<typeof Erasure>

export const erasureKey = (user: UserRef) => `erasure:{${user}}`

/** A sorted set: user refs by the time of the next check. */
export const ERASURES_DUE_KEY = 'erasures-due:{agent-workload}'

/** A sorted set: conversation ids of a user, by when they expire. */
export const conversationsOfUserKey = (user: UserRef) => `conversations-of-user:{${user}}`

/** How long the mark refuses tokens from before: this must exceed the lifetime of the sign-in issuer's access tokens. */
export const ERASURE_KEPT_SECONDS = 2_592_000

/** The body of `POST /api/users/end`. `issuer`: by default the one where users sign in. */
export const EndUserRequest = z.strictObject({
  issuer: z.url().max(2_048).optional(),
  subject: z.string().min(1).max(255),
})
