import { z } from 'zod'
import { VaultEntry } from './connection.ts'
import { UserSessionRef } from './identifiers.ts'

/**
 * What is left to do for a connection that its user has ended. Sealed as a whole, under a key of its own; gone when nothing is
 * left, or when the user has consented again.
 */
export const Revocation = z.object({
  /** New with each change, and in the connection's record, too: one that the record does not name is of another time. A record of before has none. */
  id: z.string().min(1).optional(),
  /** In whose name the token vault is read; without one it cannot be. */
  userSession: UserSessionRef.optional(),
  /** Of the request that disconnected. */
  requestId: z.string().min(1),
  /** By their names at the vendor, as far as it said them: whose tokens these may be. */
  accounts: z.array(z.string()).default([]),
  /** Unix time in milliseconds. */
  since: z.int().positive(),
  /** Whose tokens have not been read from the token vault. */
  toRead: z.array(VaultEntry),
  /** Those of them that had a token: when the vault has none any more, it was lost, and not revoked. A record of before has no list. */
  bound: z.array(VaultEntry).optional(),
  /** Which the token vault still has to forget. */
  toForget: z.array(VaultEntry),
  /** Which the vendor has not confirmed. */
  tokens: z.array(
    z.object({
      token: z.string().min(1),
      /** From when on it is not worth revoking any more; Unix time in milliseconds. */
      endsAt: z.int().positive(),
      endsByItself: z.boolean(),
      /** Since when the vendor has said no, and nothing else; Unix time in milliseconds. */
      refusedSince: z.int().positive().optional(),
    }),
  ),
  /** What the vendor has said of tokens that are no longer in the list. */
  revoked: z.int().nonnegative(),
  notConfirmed: z.int().nonnegative(),
  notRead: z.int().nonnegative(),
  /** When the last of the tokens that were not revoked ends, where that is known; Unix time in milliseconds. */
  tokenEndsAt: z.int().positive().optional(),
  /** Until then one replica works on it, and no other; Unix time in milliseconds. */
  claimedUntil: z.int().nonnegative(),
})
export type Revocation = z.infer<typeof Revocation>

/** A sorted set: ids of disconnections, by when a replica has to look at them again. */
export const REVOCATIONS_DUE_KEY = 'revocations-due:{agent-workload}'
