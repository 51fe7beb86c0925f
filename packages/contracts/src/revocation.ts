import { z } from 'zod'
import { VaultEntry } from './connection.ts'
import { UserSessionRef } from './identifiers.ts'

/** What is left to do for an ended connection. Sealed as a whole. */
export const Revocation = z.object({
  /** New with each change, and the same in the connection's record. Absent in earlier versions. */
  id: z.string().min(1).optional(),
  /** In whose name the token vault is read. */
  userSession: UserSessionRef.optional(),
  requestId: z.string().min(1),
  /** The accounts whose tokens these may be, by their names at the vendor. */
  accounts: z.array(z.string()).default([]),
  /** Unix time in milliseconds. */
  since: z.int().positive(),
  /** Entries of the token vault. */
  toRead: z.array(VaultEntry),
  /** Those of `toRead` that should have a token: one that the vault has lost may still be valid. */
  bound: z.array(VaultEntry).optional(),
  toForget: z.array(VaultEntry),
  /** Those whose revocation the vendor has not confirmed. */
  tokens: z.array(
    z.object({
      token: z.string().min(1),
      /** From then on it is not worth revoking; Unix time in milliseconds. */
      endsAt: z.int().positive(),
      endsByItself: z.boolean(),
      /** At the most; Unix time in milliseconds. Absent in earlier versions. */
      keptUntil: z.int().positive().optional(),
      /** Unix time in milliseconds. */
      refusedSince: z.int().positive().optional(),
    }),
  ),
  /** Numbers of tokens. */
  revoked: z.int().nonnegative(),
  notConfirmed: z.int().nonnegative(),
  notRead: z.int().nonnegative(),
  /** How many of `notConfirmed` end by themselves at a known time. Absent for none, and in earlier versions. */
  endKnown: z.int().nonnegative().optional(),
  /** The latest known end of a token that is not revoked any more; Unix time in milliseconds. */
  tokenEndsAt: z.int().positive().optional(),
  /** Until then no other replica works on it; Unix time in milliseconds. */
  claimedUntil: z.int().nonnegative(),
})
export type Revocation = z.infer<typeof Revocation>

/** A sorted set: each `DisconnectionId` by the time of the next check. */
export const REVOCATIONS_DUE_KEY = 'revocations-due:{agent-workload}'
