import { z } from 'zod'
import { AuthorizationId, type UserRef } from './identifiers.ts'
import { ProviderId } from './provider.ts'

export const ConnectionStatus = z.enum([
  'not_connected',
  'consent_pending',
  'connected',
  /**
   * It is not known to be the expected account, its user doubts it, or another connection has it. No tool uses it until the user
   * decides.
   */
  'wrong_account',
  'missing_scopes',
  'needs_reauthorization',
  /** It was ended, and the revocation is not over. */
  'disconnecting',
  'disconnected',
])
export type ConnectionStatus = z.infer<typeof ConnectionStatus>

/**
 * 64 random bits, base64url; for an account that was asked for by its name, 66 bits of a keyed fingerprint of user, provider and
 * name. Not a secret: without the key it says nothing about the account.
 */
export const ConnectionId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{11}$/)
  .brand<'ConnectionId'>()
export type ConnectionId = z.infer<typeof ConnectionId>

/** What became of the access token at the vendor when its user disconnected. */
export const DisconnectOutcome = z.enum([
  'revoked',
  'nothing_to_revoke',
  /** The vendor has not confirmed that it ended. */
  'not_confirmed',
  /** The vendor cannot revoke access tokens, or this deployment cannot ask it to. Each token that is left ends by itself, at a known time. */
  'cannot_be_revoked',
  /** It was not read from the token vault, the record of what was left to revoke was lost, or its provider is not offered any more. */
  'not_revoked',
])
export type DisconnectOutcome = z.infer<typeof DisconnectOutcome>

/** `clientName` is what the client calls itself: it proves nothing. */
export const McpClient = z.object({
  clientId: z.string().min(1).max(2_048),
  clientName: z.string().max(64).optional(),
})
export type McpClient = z.infer<typeof McpClient>

/** One row of `GET /api/connections`. */
export const Connection = z.object({
  provider: ProviderId,
  displayName: z.string(),
  status: ConnectionStatus,
  /** Descriptions of the granted scopes. */
  scopes: z.array(z.string()),
  /** The account's name at the vendor. */
  account: z.string().optional(),
  /** `?account=<id>` in our routes. */
  accountId: ConnectionId.optional(),
  /** Whether it is used when the user names none; absent with fewer than two accounts. */
  isDefault: z.boolean().optional(),
  /** The name that it was asked for with. Without one, with `wrong_account`: the account that was expected, if there was one. */
  askedAccount: z.string().optional(),
  /** With `wrong_account`: what "Use it" sends back with `account`, so that only what the user saw is accepted. */
  generation: z.int().nonnegative().optional(),
  /** With `wrong_account`: another connection has this account. "Use it" uses that connection. */
  isConnectedAlready: z.literal(true).optional(),
  /** The vendor can be asked for a certain account. */
  canAskForAccount: z.boolean().optional(),
  /** Descriptions of scopes that were asked for, or are in the base set, and are not granted. */
  missing: z.array(z.string()).optional(),
  /** Until when the user may consent, and to which authorization. */
  pendingUntil: z.iso.datetime().optional(),
  authorizationId: AuthorizationId.optional(),
  connectedAt: z.iso.datetime().optional(),
  disconnectedAt: z.iso.datetime().optional(),
  outcome: DisconnectOutcome.optional(),
  /** The latest known end of an access token that was not revoked. Tokens without a known end may be left, too. */
  tokenEndsAt: z.iso.datetime().optional(),
  lastUsedBy: McpClient.extend({ usedAt: z.iso.datetime() }).optional(),
  /** In words of the tool, the newest first: `CONNECTION_USES_SHOWN` at the most, in a download `CONNECTION_USES_KEPT`. */
  uses: z.array(z.object({ usedAt: z.iso.datetime(), does: z.string(), client: McpClient.optional() })).optional(),
  /** Absent when no tool changes anything there. */
  askFirst: z.boolean().optional(),
})
export type Connection = z.infer<typeof Connection>

/** In characters: the longest e-mail address. */
const LONGEST_HINT = 254

/**
 * The body of `POST /api/connections/:provider/authorizations`; it may be absent. `hint`: the account's name at the vendor, as
 * typed at "Which account?". `anotherAccount` ("Add account") needs a hint: two accounts without one would share an entry of the
 * token vault.
 */
export const ConnectRequest = z.strictObject({
  account: ConnectionId.optional(),
  hint: z
    .string()
    .trim()
    .max(LONGEST_HINT)
    .regex(/^\P{Cc}*$/u)
    .optional(),
  anotherAccount: z.literal(true).optional(),
})
export type ConnectRequest = z.infer<typeof ConnectRequest>

/**
 * The body of `POST /api/connections/:provider/acceptance` ("Use it"): what the user saw. `account` is absent where the vendor
 * did not name it.
 */
export const AcceptRequest = z.strictObject({
  generation: z.int().nonnegative(),
  account: z.string().optional(),
})
export type AcceptRequest = z.infer<typeof AcceptRequest>

/** The body of `POST /api/connections/:provider/doubt` ("Not the right one?"); it may be absent. `account`: what the user saw. */
export const DoubtRequest = z.strictObject({ account: z.string().optional() })
export type DoubtRequest = z.infer<typeof DoubtRequest>

/** The body of `PUT /api/connections/:provider/default`. */
export const DefaultAccount = z.strictObject({ account: ConnectionId })

/** With the workload, the user and the provider, the key under which the token vault finds an entry. */
export const VaultEntry = z.object({
  /** Space-separated and sorted. */
  scopes: z.string(),
  parameters: z.record(z.string(), z.string()),
})
export type VaultEntry = z.infer<typeof VaultEntry>

/** Without `parameters` (an earlier version, or an erased user): every entry with these scopes. */
const EndedEntry = z.preprocess(
  (entry) => (typeof entry === 'string' ? { scopes: entry } : entry),
  VaultEntry.partial({ parameters: true }),
)
export type EndedEntry = z.infer<typeof EndedEntry>

/**
 * Our own record of a connection, because AgentCore has no list. Sealed as a whole. A record that does not open counts as `disconnected`. Without a
 * record nothing of the token vault is used before another consent.
 */
export const ConnectionRecord = z.object({
  /** The default is for the account without a name, in a record of an earlier version or one that does not open. */
  id: ConnectionId.default('AAAAAAAAAAA' as ConnectionId),
  status: z.enum(['connected', 'wrong_account', 'needs_reauthorization', 'disconnecting', 'disconnected']),
  /** Asked for, space-separated and sorted; empty once it is `disconnecting` or `disconnected`. The token vault finds the entry only with these. */
  scopes: z.string(),
  /** What was granted of `scopes`, as the vendor says (`grantedOfAsked`), in the same form. Absent: not known, all count. */
  granted: z.string().optional(),
  /** Those that it was asked for with. Absent (such as in an earlier version): the provider's. */
  parameters: z.record(z.string(), z.string()).optional(),
  /** The name that it was asked for with: as the user typed it, or as the vendor names it. */
  hint: z.string().optional(),
  account: z.string().optional(),
  /** With `wrong_account`: the account that came; absent when the vendor did not name it. */
  came: z.string().optional(),
  /** With `wrong_account`: the user has said of an account that it is not the right one. */
  doubted: z.literal(true).optional(),
  /** Absent when the vendor did not name it. */
  doubtedAccount: z.string().optional(),
  /** The authorization that bound it last. With `wrong_account`, turns wait for the decision until `heldUntil` (Unix milliseconds). */
  boundBy: AuthorizationId.optional(),
  heldUntil: z.int().nonnegative().optional(),
  /** Unix time in milliseconds. */
  addedAt: z.int().positive().optional(),
  /** Unix time in milliseconds; absent when it was never connected, and after an erasure. */
  connectedAt: z.int().positive().optional(),
  /** Changes when it is disconnected or doubted, or may have become another account. An authorization of another generation connects nothing. */
  generation: z.int().nonnegative().default(0),
  /** The last entries that the token vault may have for it. */
  entries: z.array(VaultEntry).default([]),
  /** There were more, and the token vault may have a token of one of them. */
  hasMoreEntries: z.literal(true).optional(),
  /** Entries that are used only after another consent, such as those from before the last disconnection. */
  ended: z.array(EndedEntry).default([]),
  /**
   * Its user was erased, not all entries are known, or no earlier record says what the token vault has: without another consent only `entries`
   * are used.
   */
  onlyBound: z.literal(true).optional(),
  /** Unix time in milliseconds. */
  disconnectedAt: z.int().positive().optional(),
  outcome: DisconnectOutcome.optional(),
  tokenEndsAt: z.int().positive().optional(),
  /** The id of the `Revocation` that was written together with this record. One with another id is not used. */
  revocation: z.string().min(1).optional(),
})
export type ConnectionRecord = z.infer<typeof ConnectionRecord>

/** What the vendor says of an access token. */
export interface ConnectedAccount {
  name?: string | undefined
  /** Absent when the vendor does not say. */
  granted?: readonly string[] | undefined
  isRejected?: true
}

export const isEnded = (record: Pick<ConnectionRecord, 'status'> | undefined): boolean =>
  record?.status === 'disconnecting' || record?.status === 'disconnected'

export const isLatched = (record: Pick<ConnectionRecord, 'status'> | undefined): boolean =>
  isEnded(record) || record?.status === 'wrong_account'

/** One call of a tool to the vendor that succeeded. */
export const ConnectionUse = z.object({
  /** Words of the tool's definition ("listed events"). */
  does: z.string().min(1).max(80),
  /** Unix time in milliseconds. */
  usedAt: z.int().positive(),
  /** Absent for a turn of the agent workload. */
  client: McpClient.optional(),
})
export type ConnectionUse = z.infer<typeof ConnectionUse>

/** A list, the oldest first; each element is sealed. */
export const connectionUsesKey = (user: UserRef, provider: ProviderId, id: ConnectionId) =>
  `connection-uses:{${user}}:${provider}:${id}`
export const CONNECTION_USES_KEPT = 100
/** Fewer than are kept, because each has to be unsealed. */
export const CONNECTION_USES_SHOWN = 10
/** From the last use on, in seconds. */
export const CONNECTION_USES_TTL_SECONDS = 7_776_000

/** Published with a `DisconnectionId` when the connection's record, or rows of its user's list, may have changed. */
export const CONNECTION_CHANGED_CHANNEL = 'connection-changed'
/** A sorted set: pending authorizations of a user, by when their records are deleted. */
export const authorizationsOfUserKey = (user: UserRef) => `authorizations-of-user:{${user}}`
