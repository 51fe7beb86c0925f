import { z } from 'zod'
import { AuthorizationId, type UserRef } from './identifiers.ts'
import { ProviderId } from './provider.ts'

export const ConnectionStatus = z.enum([
  'not_connected',
  'consent_pending',
  'connected',
  /** The account may not be the expected one, or another connection has it. No tool uses this connection until its user decides or consents again. */
  'wrong_account',
  'missing_scopes',
  'needs_reauthorization',
  /** The connection was ended, and the revocation is not over. */
  'disconnecting',
  'disconnected',
])
export type ConnectionStatus = z.infer<typeof ConnectionStatus>

/**
 * 64 random bits, base64url; of a named account, 66 bits of a keyed fingerprint of user, provider and name. Not a secret: without
 * the key it says nothing about the account.
 */
export const ConnectionId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{11}$/)
  .brand<'ConnectionId'>()
export type ConnectionId = z.infer<typeof ConnectionId>

/** What became of a connection's access tokens at the vendor after the connection was ended. */
export const DisconnectOutcome = z.enum([
  'revoked',
  'nothing_to_revoke',
  'not_confirmed',
  /** Each token that is left ends by itself, at a known time. */
  'cannot_be_revoked',
  /** Such as when a token was not read from the token vault, or the record of what was left to revoke was lost. */
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
  /** Its name at the vendor. */
  account: z.string().optional(),
  /** Identifies the account in requests to our routes. */
  accountId: ConnectionId.optional(),
  /** Absent with fewer than two accounts. */
  isDefault: z.boolean().optional(),
  /** The name that the account was asked for with; else, with `wrong_account`, the expected account. */
  askedAccount: z.string().optional(),
  /** With `wrong_account`. The request of "Use it" contains it: only the account that the user saw is accepted. */
  generation: z.int().nonnegative().optional(),
  /** With `wrong_account`: another connection has this account. */
  isConnectedAlready: z.literal(true).optional(),
  /** The vendor can be asked for a certain account. */
  canAskForAccount: z.boolean().optional(),
  /** Descriptions of scopes that were asked for, or are in the base set, and are not granted. */
  missing: z.array(z.string()).optional(),
  /** Until when the user may consent. */
  pendingUntil: z.iso.datetime().optional(),
  authorizationId: AuthorizationId.optional(),
  connectedAt: z.iso.datetime().optional(),
  disconnectedAt: z.iso.datetime().optional(),
  outcome: DisconnectOutcome.optional(),
  /** The latest known end of a token that was not revoked; others may have no known end. */
  tokenEndsAt: z.iso.datetime().optional(),
  lastUsedBy: McpClient.extend({ usedAt: z.iso.datetime() }).optional(),
  /** The newest first; `does` is in words of the tool's definition. */
  uses: z.array(z.object({ usedAt: z.iso.datetime(), does: z.string(), client: McpClient.optional() })).optional(),
  /** Absent when no tool changes anything there. */
  askFirst: z.boolean().optional(),
})
export type Connection = z.infer<typeof Connection>

/** In characters: the longest e-mail address. */
const LONGEST_HINT = 254

/**
 * The body of `POST /api/connections/:provider/authorizations`; it may be absent. `hint`: the account's name at the vendor.
 * `anotherAccount` needs a hint: two accounts without one would share an entry of the token vault.
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

/** The body of `POST /api/connections/:provider/acceptance` ("Use it"): what the user saw. No `account`: the vendor did not name it. */
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

/** Together with workload, user and provider it is the key of an entry in the token vault. */
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
 * Our own record of a connection, because AgentCore has no list. Sealed as a whole. A record that does not open counts as
 * `disconnected`. Without a record nothing of the token vault is used before another consent.
 */
export const ConnectionRecord = z.object({
  /** The default is for a record of an earlier version, and for the record of an account without a name that does not open. */
  id: ConnectionId.default('AAAAAAAAAAA' as ConnectionId),
  status: z.enum(['connected', 'wrong_account', 'needs_reauthorization', 'disconnecting', 'disconnected']),
  /** Asked for, space-separated and sorted; part of the key of the entry in the token vault. Empty while the connection is ended. */
  scopes: z.string(),
  /** What the vendor says was granted of `scopes`, in the same form. Absent: not known, all of `scopes` count. */
  granted: z.string().optional(),
  /** The custom parameters that the account was asked for with. Absent: the provider's. */
  parameters: z.record(z.string(), z.string()).optional(),
  /** The name that the account was asked for with. */
  hint: z.string().optional(),
  account: z.string().optional(),
  /** With `wrong_account`: the account that came, if the vendor named it. */
  came: z.string().optional(),
  /** With `wrong_account`: the user said "Not the right one?". */
  doubted: z.literal(true).optional(),
  doubtedAccount: z.string().optional(),
  /** The authorization that bound the connection last. With `wrong_account`, turns wait for the decision until `heldUntil` (Unix milliseconds). */
  boundBy: AuthorizationId.optional(),
  heldUntil: z.int().nonnegative().optional(),
  /** Unix time in milliseconds. */
  addedAt: z.int().positive().optional(),
  /** Unix time in milliseconds. */
  connectedAt: z.int().positive().optional(),
  /**
   * Changes when the connection is ended or doubted, or a consent makes it `wrong_account`. An authorization of another generation connects
   * nothing.
   */
  generation: z.int().nonnegative().default(0),
  /** The last entries that the token vault may have for this connection. */
  entries: z.array(VaultEntry).default([]),
  /** Earlier entries were cut off, and the token vault may have a token of one of them. */
  hasMoreEntries: z.literal(true).optional(),
  /** Entries that are used only after another consent, such as those from before the last disconnection. */
  ended: z.array(EndedEntry).default([]),
  /** Not all entries are known, such as after an erasure: without another consent only `entries` are used. */
  onlyBound: z.literal(true).optional(),
  /** Unix time in milliseconds. */
  disconnectedAt: z.int().positive().optional(),
  outcome: DisconnectOutcome.optional(),
  tokenEndsAt: z.int().positive().optional(),
  /** The id of the `Revocation` that was written with this record. A `Revocation` with another id is not used. */
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
  /** Such as "listed events". */
  does: z.string().min(1).max(80),
  /** Unix time in milliseconds. */
  usedAt: z.int().positive(),
  client: McpClient.optional(),
})
export type ConnectionUse = z.infer<typeof ConnectionUse>

/** A list, the oldest first; each element is sealed. */
export const connectionUsesKey = (user: UserRef, provider: ProviderId, id: ConnectionId) =>
  `connection-uses:{${user}}:${provider}:${id}`
export const CONNECTION_USES_KEPT = 100
/** Fewer than are kept, because each has to be unsealed. */
export const CONNECTION_USES_SHOWN = 10
/** Counted from the last use. */
export const CONNECTION_USES_TTL_SECONDS = 7_776_000

/** Its messages are `DisconnectionId`s: rows of that user's list may have changed. */
export const CONNECTION_CHANGED_CHANNEL = 'connection-changed'
/** A sorted set: authorization ids by when their records are deleted at the latest. */
export const authorizationsOfUserKey = (user: UserRef) => `authorizations-of-user:{${user}}`
