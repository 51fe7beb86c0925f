import { z } from 'zod'
import { type UserRef, UserSessionRef } from './identifiers.ts'

/** Who asked for it: the user, or a member of the administrators' group. */
export const ERASED_BY = ['user', 'administrator'] as const

/**
 * `erased`: everything is erased except what is left of a connection whose revocation is not over: its record still names the account.
 * `over`: that name is erased, too.
 */
export const ERASURE_STATES = ['begun', 'erased', 'over'] as const

/**
 * A user has been ended: what was issued to them until then is refused, and what was kept about them is erased. Sealed as a whole. It
 * contains no name, and its key is a hash. Until it is `over`, some replica goes on with the work.
 */
export const Erasure = z.object({
  /** Unix time in milliseconds. A token or a sign-in from that moment or before is refused; while the state is `begun`, a later one, too. */
  endedAt: z.int().positive(),
  by: z.enum(ERASED_BY),
  /** Of the request that asked for it. */
  requestId: z.string().min(1).max(64),
  /**
   * The user session in which the user asked for it; absent when another user, an administrator, did. The token vault is read in its name,
   * if it still lives.
   */
  userSession: UserSessionRef.optional(),
  state: z.enum(ERASURE_STATES),
  /** While it is `begun`: until then one replica works on it, and no other. Unix time in milliseconds; that replica renews it. */
  claimedUntil: z.int().positive().optional(),
})
export type Erasure = z.infer<typeof Erasure>

export const erasureKey = (user: UserRef) => `erasure:{${user}}`

/** A sorted set: user refs by the time of the next check whether their erasure is over. */
export const ERASURES_DUE_KEY = 'erasures-due:{agent-workload}'

/** A sorted set: conversation ids of a user, by when they expire. */
export const conversationsOfUserKey = (user: UserRef) => `conversations-of-user:{${user}}`

/** How long tokens from before are refused, in seconds: longer than an issuer's access tokens live. */
export const ERASURE_KEPT_SECONDS = 2_592_000

/** The body of `POST /api/users/end`. Without `issuer`, the user is one of the issuer where users sign in. */
export const EndUserRequest = z.strictObject({
  issuer: z.url().max(2_048).optional(),
  subject: z.string().min(1).max(255),
})
