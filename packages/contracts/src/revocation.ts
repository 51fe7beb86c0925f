import { z } from 'zod'
import { VaultEntry } from './connection.ts'
import { UserSessionRef } from './identifiers.ts'

/**
 * What is left to do for a connection that its user has ended. Sealed as a whole, under a key of its own; gone when nothing is
 * left, or when the user has consented again.
 */
export const Revocation = z.object({
  /** New with each change. The connection's record has it, too: one that it does not name is from another time. Absent in earlier versions. */
  id: z.string().min(1).optional(),
  /** In whose name the token vault is read. Without a user session it cannot be read. */
  userSession: UserSessionRef.optional(),
  /** The id of the request that disconnected. */
  requestId: z.string().min(1),
  /** The accounts whose tokens these may be, by their names at the vendor, as far as the vendor named them. */
  accounts: z.array(z.string()).default([]),
  /** Unix time in milliseconds. */
  since: z.int().positive(),
  /** The entries whose tokens have not been read from the token vault yet. */
  toRead: z.array(VaultEntry),
  /** Those of them that had a token. When the vault has none any more, it was lost and not revoked. Absent in earlier versions. */
  bound: z.array(VaultEntry).optional(),
  /** The entries that the token vault still has to forget. */
  toForget: z.array(VaultEntry),
  /** The tokens whose revocation the vendor has not confirmed. */
  tokens: z.array(
    z.object({
      token: z.string().min(1),
      /** From when on it is not worth revoking any more; Unix time in milliseconds. */
      endsAt: z.int().positive(),
      endsByItself: z.boolean(),
      /** How long it is kept at the most, Unix time in milliseconds. Absent in earlier versions. */
      keptUntil: z.int().positive().optional(),
      /** Since when the vendor has said no, and nothing else; Unix time in milliseconds. */
      refusedSince: z.int().positive().optional(),
    }),
  ),
  /** Numbers of tokens that are in none of these lists any more: revoked by the vendor, not confirmed by it, not read from the vault. */
  revoked: z.int().nonnegative(),
  notConfirmed: z.int().nonnegative(),
  notRead: z.int().nonnegative(),
  /** When the last of the tokens that were not revoked ends, where that is known; Unix time in milliseconds. */
  tokenEndsAt: z.int().positive().optional(),
  /** Until then one replica works on it, and no other; Unix time in milliseconds. */
  claimedUntil: z.int().nonnegative(),
})
export type Revocation = z.infer<typeof Revocation>

/** A sorted set: each `DisconnectionId` by when a replica has to look at it again. */
export const REVOCATIONS_DUE_KEY = 'revocations-due:{agent-workload}'
