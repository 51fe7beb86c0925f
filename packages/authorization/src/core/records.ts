import {
  AuthorizationFailedCode,
  ConnectionId,
  DisconnectOutcome,
  McpClient,
  ProviderId,
  UserRef,
  UserSessionRef,
  WaiterId,
} from '@agent-identity/contracts'
import { z } from 'zod'

/** Unix time in milliseconds. */
const UnixMs = z.int().nonnegative()

/** A list of scopes, space-separated and sorted. */
const Scopes = z.string()

/**
 * A key of AgentCore's token vault, as it was sent. It is kept with what points to it: an edit of a provider's folder changes no key. Two consents
 * never share an entry, because each has a random label, unless the provider's folder says that no label separates (`label: 'none'`).
 */
export const Entry = z.object({
  credentialProvider: z.string().min(1),
  scopes: Scopes,
  /** The whole map of custom parameters. */
  parameters: z.record(z.string(), z.string()),
  /** What is added to the user id, where the label is part of it. */
  userIdSuffix: z.string().optional(),
})
export type Entry = z.infer<typeof Entry>

/** 128 random bits, base64url. */
export const AuthorizationId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{22}$/)
  .brand<'Authorization'>()
export type AuthorizationId = z.infer<typeof AuthorizationId>

/** `<user session ref>.<128 random bits>`: enough to find the record. */
export const StartId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{22}$/)
  .brand<'Start'>()
export type StartId = z.infer<typeof StartId>

/**
 * How an authorization ended. `by`: the start that ended it. `scopes`: what its consent was asked for. `came`: the name of the account that came
 * instead of the expected one.
 */
export const AuthorizationEnd = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('connected'), by: StartId, connection: ConnectionId, scopes: Scopes }),
  z.object({
    outcome: z.literal('failed'),
    by: StartId.optional(),
    code: AuthorizationFailedCode,
    came: z.string().optional(),
  }),
])
export type AuthorizationEnd = z.infer<typeof AuthorizationEnd>

/**
 * A need (step 4): a user's access at a provider, and who waits for it. It knows no authorization session of AgentCore: each opening of its link is
 * a {@link StartFacts} of its own.
 */
export const Authorization = z.object({
  id: AuthorizationId,
  owner: UserRef,
  provider: ProviderId,
  displayName: z.string().min(1).max(64),
  /** Only this user session may open the link. Absent: an MCP client asked, and any user session of the owner may. */
  userSession: UserSessionRef.optional(),
  client: McpClient.optional(),
  /** The account that is expected. Absent: the one that the user chooses at the vendor. */
  connection: ConnectionId.optional(),
  /** What the vendor is asked to suggest. It decides nothing. */
  hint: z.string().optional(),
  chooser: z.literal(true).optional(),
  waits: z.array(z.object({ waiter: WaiterId, scopes: Scopes })).max(50),
  /** Those that may still return. */
  starts: z.array(StartId).max(3),
  /** How often the link was opened. */
  opened: z.int().nonnegative(),
  correlationId: z.string().min(1).max(64),
  createdAt: UnixMs,
  /** Each start moves it. */
  expiresAt: UnixMs,
  end: AuthorizationEnd.optional(),
})
export type Authorization = z.infer<typeof Authorization>

/**
 * An account of a user at a provider: a pointer to one entry of the token vault.
 *
 * `wrong_account`: it came in place of another one, and its user has not said "Use it". Only `connected` is used.
 */
export const Connection = z.object({
  id: ConnectionId,
  /** The vendor's stable id of the account. Empty: the vendor names none. */
  account: z.string(),
  /** What people see. */
  name: z.string().optional(),
  status: z.enum(['connected', 'needs_reauthorization', 'wrong_account', 'disconnecting', 'disconnected']),
  /** Absent once the connection has ended. */
  entry: Entry.optional(),
  granted: Scopes,
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

/** All accounts of one user at one provider: one record, so that an account cannot be there twice. */
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

const hash = z.string().regex(/^[A-Za-z0-9_-]{43}$/)

/**
 * One trip of one browser (steps 5 to 9): the record that session binding consumes. Sealed once. Hashes are SHA-256, base64url.
 */
export const StartFacts = z.object({
  owner: UserRef,
  authorization: AuthorizationId,
  provider: ProviderId,
  /** Session binding knows no providers. */
  displayName: z.string().min(1).max(64),
  entry: Entry,
  /** See {@link Authorization}. */
  connection: ConnectionId.optional(),
  /** The generation of the user's connections at the provider: a connection that has ended since is not connected. */
  asOf: z.int().nonnegative(),
  stateHash: hash,
  sessionUriHash: hash,
  correlationId: z.string().min(1).max(64),
  createdAt: UnixMs,
  expiresAt: UnixMs,
})
export type StartFacts = z.infer<typeof StartFacts>

/** Sealed again at every change. */
export const StartProgress = z.object({
  status: z.enum(['pending', 'binding', 'bound', 'failed', 'unconfirmed', 'cancelled', 'expired']),
  failure: z.enum(['denied', 'refused']).optional(),
  bindingEndsAt: UnixMs.optional(),
  browserHash: hash,
})
export type StartProgress = z.infer<typeof StartProgress>
export type Start = StartFacts & StartProgress & { id: StartId }
