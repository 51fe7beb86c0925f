import { z } from 'zod'
import { AuthorizationId, type UserRef } from './identifiers.ts'
import { ProviderId } from './provider.ts'

export const ConnectionStatus = z.enum([
  'not_connected',
  'consent_pending',
  'connected',
  /** Another account came than the expected one, or one without a name, or its user doubts it. Nothing is called with it until they decide. */
  'wrong_account',
  'missing_scopes',
  'needs_reauthorization',
  /** Its user has ended it: nothing is called with it any more, and the vendor has not answered yet. */
  'disconnecting',
  'disconnected',
])
export type ConnectionStatus = z.infer<typeof ConnectionStatus>

/**
 * Names one connected account of one user. 64 random bits, base64url; for an account that was asked for by its name, 66 bits of a keyed fingerprint of
 * user, provider and name, so that one name has one id. Not a secret, and without the key it says nothing about the account.
 */
export const ConnectionId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{11}$/)
  .brand<'ConnectionId'>()
export type ConnectionId = z.infer<typeof ConnectionId>

/** What became of the access token at the vendor when its user disconnected. */
export const DisconnectOutcome = z.enum([
  /** The vendor says that it has ended. */
  'revoked',
  /** The token vault had none. */
  'nothing_to_revoke',
  /**
   * The vendor said no; or it gave no answer while the token lasted (for 30 days, if that is not known); or it cannot revoke access tokens,
   * and it is not known that this one ends by itself.
   */
  'not_confirmed',
  /** The vendor cannot revoke access tokens: the token ends by itself. */
  'cannot_be_revoked',
  /** It could not be read from the token vault, for example because its user was not signed in, or because the vault had lost it. */
  'not_revoked',
])
export type DisconnectOutcome = z.infer<typeof DisconnectOutcome>

/** An MCP client, as its access token names it. `clientName` is what it calls itself: it is shown beside the id, and proves nothing. */
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
  /** Granted scopes, as descriptions. */
  scopes: z.array(z.string()),
  /** Its name at the vendor, for people. */
  account: z.string().optional(),
  /** Names it in our routes: `?account=<id>`. */
  accountId: ConnectionId.optional(),
  /** Where there are several accounts at the provider: whether this one is used when the user names none. */
  isDefault: z.boolean().optional(),
  /** What its user typed at "Which account?". Where they typed nothing, with `wrong_account`: the account that was connected before. */
  askedAccount: z.string().optional(),
  /** With `wrong_account`: the connection's generation. "Use it" sends it back with `account`: only what the user saw is accepted. */
  generation: z.int().nonnegative().optional(),
  /** With `wrong_account`: this account is connected under another name at this moment. "Use it" uses that connection. */
  isConnectedAlready: z.literal(true).optional(),
  /** The vendor can be asked for a certain account: "Which account?" and "Add account" have an effect. */
  canAskForAccount: z.boolean().optional(),
  /** Scopes that are needed and not granted, as descriptions. */
  missing: z.array(z.string()).optional(),
  /** Until when the user may consent, and to which authorization. With `consent_pending`, until the consent was given. */
  pendingUntil: z.iso.datetime().optional(),
  authorizationId: AuthorizationId.optional(),
  connectedAt: z.iso.datetime().optional(),
  disconnectedAt: z.iso.datetime().optional(),
  /** Of a connection that was disconnected. */
  outcome: DisconnectOutcome.optional(),
  /** When an access token that was not revoked ends at the latest, if that is known. */
  tokenEndsAt: z.iso.datetime().optional(),
  /** The MCP client that used it last, if one is among `uses`. */
  lastUsedBy: McpClient.extend({ usedAt: z.iso.datetime() }).optional(),
  /**
   * What it was used for since it was connected, and when, in words of the tool, the newest first: `CONNECTION_USES_SHOWN` at the most. The
   * download of a user's data has all that are kept.
   */
  uses: z.array(z.object({ usedAt: z.iso.datetime(), does: z.string(), client: McpClient.optional() })).optional(),
  /** Whether the agent asks the user before any change there; absent when no tool changes anything there. */
  askFirst: z.boolean().optional(),
})
export type Connection = z.infer<typeof Connection>

/** In characters: the length of the longest e-mail address. */
const LONGEST_HINT = 254

/**
 * The body of `POST /api/connections/:provider/authorizations`; it may be absent. `account` is an account that is known here. `hint` is
 * the answer to "Which account?": its name at the vendor. `anotherAccount` ("Add account") needs a hint: two accounts without one would
 * share an entry of the token vault.
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
 * The body of `POST /api/connections/:provider/acceptance` ("Use it"): what its user saw, from the row or the event; `account` is absent where
 * the vendor did not name it. What has come since is not accepted.
 */
export const AcceptRequest = z.strictObject({
  generation: z.int().nonnegative(),
  account: z.string().optional(),
})
export type AcceptRequest = z.infer<typeof AcceptRequest>

/** The body of `PUT /api/connections/:provider/default`. */
export const DefaultAccount = z.strictObject({ account: ConnectionId })

/** With the user and the provider, the key under which the token vault finds an entry. A read sends exactly what was asked for. */
export const VaultEntry = z.object({
  /** Space-separated and sorted. */
  scopes: z.string(),
  parameters: z.record(z.string(), z.string()),
})
export type VaultEntry = z.infer<typeof VaultEntry>

/** Without `parameters`, which an earlier version did not record: every entry with these scopes. */
const EndedEntry = z.preprocess(
  (entry) => (typeof entry === 'string' ? { scopes: entry } : entry),
  VaultEntry.partial({ parameters: true }),
)
export type EndedEntry = z.infer<typeof EndedEntry>

/**
 * Our own record of a connection, because AgentCore has no list. Sealed as a whole. A record that does not open counts as
 * `disconnected`: the user is asked for consent again. A record that is missing does not: one call to AgentCore restores it, with what
 * the token vault still has, even if the user had disconnected.
 */
export const ConnectionRecord = z.object({
  /** A record of an earlier version has none. It is the only one at its provider, so all of these can have the same. */
  id: ConnectionId.default('AAAAAAAAAAA' as ConnectionId),
  status: z.enum(['connected', 'wrong_account', 'needs_reauthorization', 'disconnecting', 'disconnected']),
  /** Asked for, space-separated and sorted: scopes are part of the vault's lookup key and must be requested again exactly. */
  scopes: z.string(),
  /**
   * The scopes that the vendor says were granted, of those that were asked for (`grantedOfAsked`), space-separated and sorted. They decide
   * what may be tried. Absent: all that were asked for.
   */
  granted: z.string().optional(),
  /** Those that it was asked for with; a read of the token vault sends the same. An earlier version wrote none: the provider's are used. */
  parameters: z.record(z.string(), z.string()).optional(),
  /** The name that it was asked for with: what its user typed, trimmed; or the vendor's name of an account that came. */
  hint: z.string().optional(),
  /** The account that may be used, by its name at the vendor. */
  account: z.string().optional(),
  /**
   * With `wrong_account`: the account that the token vault has, by its name at the vendor. It may be the one of `account`, as after a doubt.
   * Absent when the vendor did not say.
   */
  came: z.string().optional(),
  /** With `wrong_account`: the user has said that it is not the right account. They expect another one to come next. */
  doubted: z.literal(true).optional(),
  /** The name of the account that the user doubts; absent when the vendor did not say. A record of an earlier version has it in `came`. */
  doubtedAccount: z.string().optional(),
  /** The authorization that it was bound by last. With `wrong_account` its turns wait until `heldUntil`, in Unix milliseconds. */
  boundBy: AuthorizationId.optional(),
  heldUntil: z.int().nonnegative().optional(),
  /** Unix time in milliseconds; a record of an earlier version has none. */
  addedAt: z.int().positive().optional(),
  /** Unix time in milliseconds; absent when it was ended before it was ever connected. */
  connectedAt: z.int().positive().optional(),
  /** How often it was disconnected, or may have become another account. An authorization of an earlier generation connects nothing. */
  generation: z.int().nonnegative().default(0),
  /** Every entry that the token vault may have for it. */
  entries: z.array(VaultEntry).default([]),
  /**
   * Entries that are used only after another consent. They were bound before the last disconnection, or a browser was sent to the vendor for
   * them and the account that came was not compared yet. Records of an earlier version have scopes alone.
   */
  ended: z.array(EndedEntry).default([]),
  /** Its user was erased. The token vault may have more entries of theirs, so without another consent only those in `entries` are used. */
  onlyBound: z.literal(true).optional(),
  /** Unix time in milliseconds. */
  disconnectedAt: z.int().positive().optional(),
  outcome: DisconnectOutcome.optional(),
  tokenEndsAt: z.int().positive().optional(),
  /** The id of the `Revocation` that was written together with this record. One with another id is from another time, and is not used. */
  revocation: z.string().min(1).optional(),
})
export type ConnectionRecord = z.infer<typeof ConnectionRecord>

/** What the vendor says of an access token, read once after each consent. */
export interface ConnectedAccount {
  /** The name under which its user knows the account, if the vendor returns one. */
  name?: string | undefined
  /** The scopes that were granted; absent when the vendor does not say. */
  granted?: readonly string[] | undefined
  /** The vendor does not take the token any more. */
  isRejected?: true
}

/** Whether its user has ended it. */
export const isEnded = (record: Pick<ConnectionRecord, 'status'> | undefined): boolean =>
  record?.status === 'disconnecting' || record?.status === 'disconnected'

/** Whether nothing is called with it: its user has ended it, or has to say whether it is the right account. */
export const isLatched = (record: Pick<ConnectionRecord, 'status'> | undefined): boolean =>
  isEnded(record) || record?.status === 'wrong_account'

/** What a connection was used for: once for each call of a tool to the vendor that succeeded. */
export const ConnectionUse = z.object({
  /** Words of the tool's definition, such as "listed events". */
  does: z.string().min(1).max(80),
  /** Unix time in milliseconds. */
  usedAt: z.int().positive(),
  /** The MCP client whose call it was; absent when it was a turn of the agent workload. */
  client: McpClient.optional(),
})
export type ConnectionUse = z.infer<typeof ConnectionUse>

/** A list, the oldest first; each element is sealed. */
export const connectionUsesKey = (user: UserRef, provider: ProviderId, id: ConnectionId) =>
  `connection-uses:{${user}}:${provider}:${id}`
export const CONNECTION_USES_KEPT = 100
/** How many uses a row of the list shows. Each has to be unsealed, so not all. The download of a user's data has all. */
export const CONNECTION_USES_SHOWN = 10
/** From the last use on, in seconds: older uses say little. */
export const CONNECTION_USES_TTL_SECONDS = 7_776_000

/**
 * Published with `<user ref> <provider>`, and the id of a named account, when something has changed that its row of the list shows: the
 * record, an open consent, a use. Replicas abort the calls that the record no longer allows, and tell the open pages.
 */
export const CONNECTION_CHANGED_CHANNEL = 'connection-changed'
/** A sorted set: pending authorizations of a user over all of their user sessions, by when their records are deleted. */
export const authorizationsOfUserKey = (user: UserRef) => `authorizations-of-user:{${user}}`
