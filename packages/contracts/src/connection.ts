import { z } from 'zod'
import { ConnectionId, McpClient } from './connection-id.ts'
import { Entry } from './entry.ts'
import { AuthorizationId, UserRef, UserSessionRef } from './identifiers.ts'
import { ProviderId } from './provider.ts'

export const ConnectionStatus = z.enum([
  'not_connected',
  'consent_pending',
  'connected',
  /** It came in place of the expected account. No tool uses it until its user says "Use it". */
  'wrong_account',
  'missing_scopes',
  'needs_reauthorization',
  /** The connection was ended, and the revocation is not over. */
  'disconnecting',
  'disconnected',
])
export type ConnectionStatus = z.infer<typeof ConnectionStatus>

/** What became of a connection's access token at the vendor after the connection was ended. */
export const DisconnectOutcome = z.enum(['revoked', 'nothing_to_revoke', 'not_confirmed'])
export type DisconnectOutcome = z.infer<typeof DisconnectOutcome>

/** One row of `GET /api/connections`. */
export const ListedConnection = z.object({
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
  /** The name that the vendor is asked to suggest; with `wrong_account`, the expected account. */
  askedAccount: z.string().optional(),
  /** With `wrong_account`. The request of "Use it" contains it: only the account that the user saw is accepted. */
  generation: z.int().nonnegative().optional(),
  /** The vendor can be asked for a certain account. */
  canAskForAccount: z.boolean().optional(),
  /** Descriptions of what "Connect" asks for, where there is no connection that is used. */
  asks: z.array(z.string()).optional(),
  /** Descriptions of scopes of the base set that are not granted. */
  missing: z.array(z.string()).optional(),
  /** Until when the user may consent. */
  pendingUntil: z.iso.datetime().optional(),
  authorizationId: AuthorizationId.optional(),
  connectedAt: z.iso.datetime().optional(),
  disconnectedAt: z.iso.datetime().optional(),
  outcome: DisconnectOutcome.optional(),
  lastUsedBy: McpClient.extend({ usedAt: z.iso.datetime() }).optional(),
  /** The last one of the agent and of each MCP client, the newest first; `does` is in words of the tool's definition. */
  uses: z.array(z.object({ usedAt: z.iso.datetime(), does: z.string(), client: McpClient.optional() })).optional(),
  /** Absent when no tool changes anything there. */
  askFirst: z.boolean().optional(),
})
export type ListedConnection = z.infer<typeof ListedConnection>

/** In characters: the longest e-mail address. */
const LONGEST_HINT = 254

/**
 * The body of `POST /api/connections/:provider/authorizations`; it may be absent. `account`: one of the list, to be connected again. `hint`: what the
 * vendor is asked to suggest. `anotherAccount`: the vendor is asked to show its account chooser.
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

/** The body of `POST /api/connections/:provider/acceptance` ("Use it"): what the user saw. */
export const AcceptRequest = z.strictObject({ generation: z.int().nonnegative() })
export type AcceptRequest = z.infer<typeof AcceptRequest>

/** The body of `PUT /api/connections/:provider/default`. */
export const DefaultAccount = z.strictObject({ account: ConnectionId })

/** What the vendor says of an access token. */
export interface ConnectedAccount {
  /** Stable: it survives a change of the name. Absent where the provider's folder names no account. */
  id?: string | undefined
  /** What people see. */
  name?: string | undefined
  /** Absent when the vendor does not say. */
  granted?: readonly string[] | undefined
  isRejected?: true
}

/** Unix time in milliseconds. */
const UnixMs = z.int().nonnegative()

/** An account of a user at a provider: a pointer to one entry of the token vault. */
export const Connection = z.object({
  id: ConnectionId,
  /** The vendor's stable id of the account. Empty: the vendor names none. */
  account: z.string(),
  /** What people see. */
  name: z.string().optional(),
  /** `wrong_account`: it came in place of another one, and its user has not said "Use it". Only `connected` is used. */
  status: z.enum(['connected', 'needs_reauthorization', 'wrong_account', 'disconnecting', 'disconnected']),
  /** Absent once the connection has ended. */
  entry: Entry.optional(),
  /** Space-separated and sorted. */
  granted: z.string(),
  /** Moves when the connection ends or begins, not when a consent of the same account moves the entry. */
  generation: z.int().nonnegative(),
  /** When the consent of `entry` was started. */
  since: UnixMs,
  /** With `wrong_account`: the connection that was expected. */
  insteadOf: ConnectionId.optional(),
  endedAt: UnixMs.optional(),
  outcome: DisconnectOutcome.optional(),
})
export type Connection = z.infer<typeof Connection>

/**
 * An entry that nothing points to any more. It is listed in the same write that moves the pointer, until it is cleared.
 *
 * `ended`: its user has ended the connection, and the token is revoked first. `superseded`: another consent of the same account has replaced it.
 * `unused`: no connection was made of it.
 */
export const Left = z.object({
  entry: Entry,
  why: z.enum(['ended', 'superseded', 'unused']),
  /** The vendor's stable id. Absent: not known; then nothing is revoked. */
  account: z.string().optional(),
  /** Whose end this is. */
  of: z.object({ connection: ConnectionId, generation: z.int().nonnegative() }).optional(),
  /** In whose name the vault is asked; else in that of another live user session of the user. */
  userSession: UserSessionRef.optional(),
  requestId: z.string().min(1).max(64),
  since: UnixMs,
  /** AgentCore may still put a token there until then. */
  notBefore: UnixMs.optional(),
  outcome: DisconnectOutcome.optional(),
})
export type Left = z.infer<typeof Left>

/** All accounts of one user at one provider: one record, so that an account cannot be there twice. Sealed as a whole. */
export const ConnectionsAt = z.object({
  /** Counts every end of a connection. */
  generation: z.int().nonnegative(),
  /** A start from before this generation connects nothing at all. */
  floor: z.int().nonnegative(),
  byDefault: ConnectionId.optional(),
  connections: z.array(Connection),
  left: z.array(Left),
})
export type ConnectionsAt = z.infer<typeof ConnectionsAt>

export const NO_CONNECTIONS: ConnectionsAt = { generation: 0, floor: 0, connections: [], left: [] }

/** Of one user. At the limit, one that ended a day ago or earlier makes room. */
export const ACCOUNTS_PER_PROVIDER = 20

export const connectionsKey = (user: UserRef, provider: ProviderId) => `connections:{${user}}:${provider}`

/** The access token of an ended connection, while it is still to be revoked. `entry`: the hash of its entry. */
export const leftTokenKey = (user: UserRef, entry: string) => `left-token:{${user}}:${entry}`

/** The last call of a tool to the vendor that succeeded, of the agent or of one MCP client. */
export const ConnectionUse = z.object({
  /** Such as "listed events". */
  does: z.string().min(1).max(80),
  /** Unix time in milliseconds. */
  usedAt: z.int().positive(),
  client: McpClient.optional(),
})
export type ConnectionUse = z.infer<typeof ConnectionUse>

/** A hash: `agent`, or the hash of a client's id, to its last use; each is sealed. */
export const connectionUsesKey = (user: UserRef, provider: ProviderId, id: ConnectionId) =>
  `connection-uses:{${user}}:${provider}:${id}`
/** Counted from the last use. */
export const CONNECTION_USES_TTL_SECONDS = 7_776_000

/** Its messages are {@link connectionsOf}: rows of that user's list may have changed. */
export const CONNECTION_CHANGED_CHANNEL = 'connection-changed'
export const connectionsOf = (user: UserRef, provider: ProviderId) => `${user} ${provider}`

export function parseConnectionsOf(text: string): { user: UserRef; provider: ProviderId } | undefined {
  const [first, second, ...more] = text.split(' ')
  const user = UserRef.safeParse(first).data
  const provider = ProviderId.safeParse(second).data
  return user && provider && more.length === 0 ? { user, provider } : undefined
}
