import { z } from 'zod'
import { VaultEntry } from './connection.ts'
import { UserSessionRef } from './identifiers.ts'

/** What is left to do for a connection that was ended. Sealed as a whole. */
export const Revocation = z.object({
  /** New with each change. Without the same id in the connection's record it is not used. Absent in earlier versions. */
  id: z.string().min(1).optional(),
  /** In whose name the token vault is read. */
  userSession: UserSessionRef.optional(),
  requestId: z.string().min(1),
  /** The accounts whose tokens these may be, by their names at the vendor. */
  accounts: z.array(z.string()).default([]),
  /** Unix time in milliseconds. */
  since: z.int().positive(),
  /** Entries of the token vault whose tokens have not been read yet. */
  toRead: z.array(VaultEntry),
  /** Those of `toRead` that should have a token. Where the vault has none, the token may still be valid. */
  bound: z.array(VaultEntry).optional(),
  /** Entries that the token vault still has to forget. */
  toForget: z.array(VaultEntry),
  /** The tokens whose revocation the vendor has not confirmed. */
  tokens: z.array(
    z.object({
      token: z.string().min(1),
      /** From then on it is not worth revoking; Unix time in milliseconds. */
      endsAt: z.int().positive(),
      endsByItself: z.boolean(),
      /** How long it is kept at the most; Unix time in milliseconds. Absent in earlier versions. */
      keptUntil: z.int().positive().optional(),
      /** Since when the vendor has only refused; Unix time in milliseconds. */
      refusedSince: z.int().positive().optional(),
    }),
  ),
  /** How many tokens were revoked, were left without the vendor's confirmation, and may exist but were not read. */
  revoked: z.int().nonnegative(),
  notConfirmed: z.int().nonnegative(),
  notRead: z.int().nonnegative(),
  /** How many of those without confirmation end by themselves at a known time. Absent for none, and in earlier versions. */
  endKnown: z.int().nonnegative().optional(),
  /** The latest known end of a token whose revocation was stopped (`stopRevoking`); Unix time in milliseconds. */
  tokenEndsAt: z.int().positive().optional(),
  /** Until then no other replica works on it; Unix time in milliseconds. */
  claimedUntil: z.int().nonnegative(),
})
export type Revocation = z.infer<typeof Revocation>

/** A sorted set: each `DisconnectionId` by the time of the next check. */
export const REVOCATIONS_DUE_KEY = 'revocations-due:{agent-workload}'
