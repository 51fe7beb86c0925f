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
  /** Names, at the vendor, of the accounts that the tokens may belong to. */
  accounts: z.array(z.string()).default([]),
  /** Some of the tokens may be of an account whose name is not known. */
  hasUnnamed: z.literal(true).optional(),
  /** Unix time in milliseconds. */
  since: z.int().positive(),
  /** Entries of the token vault whose access token is still to be read. */
  toRead: z.array(VaultEntry),
  /** Those of `toRead` that count in `notRead` when the vault has no token: it may have lost one that is still valid. */
  bound: z.array(VaultEntry).optional(),
  toForget: z.array(VaultEntry),
  /** Still to be revoked at the vendor. */
  tokens: z.array(
    z.object({
      token: z.string().min(1),
      /** The latest end of the token; where that is not known, the same as `keptUntil`. Unix time in milliseconds. */
      endsAt: z.int().positive(),
      endsByItself: z.boolean(),
      /** From this time on the vendor is not asked to revoke the token. Unix time in milliseconds. Absent in earlier versions. */
      keptUntil: z.int().positive().optional(),
      /** When the vendor's present refusals began; Unix time in milliseconds. */
      refusedSince: z.int().positive().optional(),
    }),
  ),
  /** A number of tokens, like `notConfirmed`. The outcome of an earlier revocation counts as one token. */
  revoked: z.int().nonnegative(),
  notConfirmed: z.int().nonnegative(),
  /** Not 0 when a token that was not read may still be valid. */
  notRead: z.int().nonnegative(),
  /** How many of `notConfirmed` end by themselves at a known time. Absent, as in earlier versions, counts as 0. */
  endKnown: z.int().nonnegative().optional(),
  /** The latest known end of a token that was not revoked; Unix time in milliseconds. */
  tokenEndsAt: z.int().positive().optional(),
  /** Until this time no further step of this revocation begins; Unix time in milliseconds. */
  claimedUntil: z.int().nonnegative(),
})
export type Revocation = z.infer<typeof Revocation>

/** A sorted set: `DisconnectionId`s by the time of the next check. */
export const REVOCATIONS_DUE_KEY = 'revocations-due:{agent-workload}'
