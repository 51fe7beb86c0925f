import { z } from 'zod'
import { ConnectionId, McpClient } from './connection-id.ts'
import { AuthorizationFailedCode } from './events.ts'
import { AuthorizationId, StartId, UserRef, UserSessionRef, WaiterId } from './identifiers.ts'
import { ProviderId } from './provider.ts'

/**
 * How an authorization ended. `by`: the start that ended it. `scopes`: what its consent was asked for. `account`: the name of the account that came;
 * with `wrong_account`, instead of the expected one.
 */
export const AuthorizationEnd = z.discriminatedUnion('outcome', [
  z.object({
    outcome: z.literal('connected'),
    by: StartId,
    connection: ConnectionId,
    scopes: z.string(),
    account: z.string().optional(),
  }),
  z.object({
    outcome: z.literal('failed'),
    by: StartId.optional(),
    code: AuthorizationFailedCode,
    account: z.string().optional(),
  }),
])
export type AuthorizationEnd = z.infer<typeof AuthorizationEnd>

/** How many turns and calls may wait for one authorization. */
export const MOST_WAITS = 50
/** Of an authorization: those that may still return. */
export const MOST_LIVE_STARTS = 3

/**
 * A need (step 4): a user's access at a provider, and who waits for it. It knows no authorization session of AgentCore: each opening of its link is
 * a start of its own. Sealed as a whole; times are Unix milliseconds.
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
  waits: z.array(z.object({ waiter: WaiterId, scopes: z.string() })).max(MOST_WAITS),
  /** Those that may still return. */
  starts: z.array(StartId).max(MOST_LIVE_STARTS),
  /** How often the link was opened. */
  opened: z.int().nonnegative(),
  correlationId: z.string().min(1).max(64),
  createdAt: z.int().positive(),
  /** Each start moves it. */
  expiresAt: z.int().positive(),
  end: AuthorizationEnd.optional(),
})
export type Authorization = z.infer<typeof Authorization>

export const authorizationKey = (owner: UserRef, id: AuthorizationId) => `authorization:{${owner}}:${id}`
/** A sorted set: authorization ids by when their records are deleted. */
export const authorizationsKey = (owner: UserRef) => `authorizations:{${owner}}`

/** How long a record outlives its end: what waited reads how it ended. */
export const AUTHORIZATION_GRACE_SECONDS = 600

/** Of all MCP clients of one user, those that are open. */
export const AUTHORIZATIONS_OF_CLIENTS = 20

/** How long an MCP client's authorization waits for its first start. */
export const CLIENT_AUTHORIZATION_TTL_SECONDS = 600

/** One row of `GET /api/consent-requests`: an open authorization that an MCP client has asked for. */
export const ClientAuthorization = McpClient.extend({
  provider: ProviderId,
  displayName: z.string(),
  /** In words. */
  scopes: z.array(z.string()),
  /** A path of this origin. */
  startUrl: z.string(),
  expiresAt: z.iso.datetime(),
})
export type ClientAuthorization = z.infer<typeof ClientAuthorization>
