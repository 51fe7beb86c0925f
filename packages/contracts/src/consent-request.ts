import { z } from 'zod'
import { ConnectionId, McpClient } from './connection.ts'
import { AuthorizationFailedCode } from './events.ts'
import { AuthorizationId, type ConsentRequestId, UserRef } from './identifiers.ts'
import { ProviderId } from './provider.ts'

/** Sealed once. */
export const ConsentRequestFacts = z.object({
  owner: UserRef,
  clientId: z.string().min(1).max(2_048),
  /** What the client calls itself: it proves nothing. */
  clientName: z.string().min(1).max(64).optional(),
  provider: ProviderId,
  /** The account that the call was begun for, which may not be the default any more. */
  account: z.object({ named: ConnectionId.optional() }).optional(),
  displayName: z.string().min(1).max(64),
  /** Space-separated and sorted. */
  scopes: z.string(),
  /** The vendor rejected the vault's token, or its scopes are not enough. Without a newer connection, the consent starts over. */
  forceAuthentication: z.boolean(),
  /** With `forceAuthentication`: when the connection was made whose token was not enough. Absent if that is not known. Unix time in milliseconds. */
  connectedAt: z.int().positive().optional(),
  /** Unix time in milliseconds. */
  createdAt: z.int().positive(),
  /** Unix time in milliseconds. */
  expiresAt: z.int().positive(),
  /** The id of the HTTP request that created this record. */
  correlationId: z.string().min(1).max(64),
})
export type ConsentRequestFacts = z.infer<typeof ConsentRequestFacts>

export const CONSENT_REQUEST_STATUSES = ['open', 'started', 'bound', 'failed', 'cancelled'] as const
export type ConsentRequestStatus = (typeof CONSENT_REQUEST_STATUSES)[number]

/** Sealed again at every transition, which compares the sealed value that was read. */
export const ConsentRequestProgress = z.object({
  status: z.enum(CONSENT_REQUEST_STATUSES),
  authorizationId: AuthorizationId.optional(),
  /** That authorization was open before this request was started. */
  joined: z.literal(true).optional(),
  code: AuthorizationFailedCode.optional(),
  /** When it was started: Unix time in milliseconds. */
  startedAt: z.int().positive().optional(),
})
export type ConsentRequestProgress = z.infer<typeof ConsentRequestProgress>

/** What an MCP client's call needs its user's consent for. It belongs to a user and to no user session. */
export interface ConsentRequest extends ConsentRequestFacts, ConsentRequestProgress {
  id: ConsentRequestId
  sealedProgress: string
}

/** One row of `GET /api/consent-requests`. */
export const ListedConsentRequest = McpClient.extend({
  provider: ProviderId,
  displayName: z.string(),
  /** In words. */
  scopes: z.array(z.string()),
  /** A path of this origin. */
  startUrl: z.string(),
  expiresAt: z.iso.datetime(),
})
export type ListedConsentRequest = z.infer<typeof ListedConsentRequest>

interface ConsentRequestTransition {
  from: ConsentRequestStatus
  to: ConsentRequestStatus
  by: 'agent-workload' | 'mcp-server'
  when: string
}

/** `bound`, `failed` and `cancelled` are final. */
export const CONSENT_REQUEST_TRANSITIONS: readonly ConsentRequestTransition[] = [
  { from: 'open', to: 'started', by: 'agent-workload', when: 'its user opens the start link' },
  {
    from: 'started',
    to: 'started',
    by: 'agent-workload',
    when: 'its user opens it again; it gets another authorization where that is of another user session, expired or lost',
  },
  {
    from: 'started',
    to: 'open',
    by: 'agent-workload',
    when: 'its authorization ran out of time, or was settled while the request started',
  },
  {
    from: 'open',
    to: 'bound',
    by: 'agent-workload',
    when: 'the account is connected already with all that the call needs; or AgentCore has a token, and the connection has a record',
  },
  {
    from: 'started',
    to: 'bound',
    by: 'agent-workload',
    when: 'its authorization has connected the account; or the authorization is lost, and the account is connected anyway',
  },
  {
    from: 'started',
    to: 'failed',
    by: 'agent-workload',
    when: 'its authorization ended without a connection, for another reason than its expiry',
  },
  {
    from: 'open',
    to: 'cancelled',
    by: 'mcp-server',
    when: 'its user declines or cancels in the client, or has connected while it was asked for',
  },
  {
    from: 'started',
    to: 'cancelled',
    by: 'mcp-server',
    when: 'its user declines or cancels in the client, or has connected while it was asked for',
  },
]

export const CONSENT_REQUEST_TTL_SECONDS = 600

/** How many of one user may be `open` or `started`, or `failed` while their client was not told. */
export const CONSENT_REQUESTS_PER_USER = 20

/** How long a record outlives its expiry: the client is told what became of it. */
export const CONSENT_REQUEST_GRACE_SECONDS = 600

/** The id alone does not find the record: the id does not contain the owner. */
export const consentRequestKey = (owner: UserRef, id: ConsentRequestId) => `consent-request:{${owner}}:${id}`

/**
 * A Redis hash from `<hash of client> <provider> [account] [over, and when the connection was made] <scopes>` to
 * `<consent request id> <expires at>`.
 */
export const consentRequestIndexKey = (owner: UserRef) => `consent-request-index:{${owner}}`

/** Its messages are ids of settled or erased consent requests. */
export const CONSENT_REQUEST_SETTLED_CHANNEL = 'consent-request-settled'

/**
 * A Redis hash of what a client's call has begun at vendors: the field `call` is a random name of the call, every other field is an
 * effect.
 *
 * @param call a digest of client, tool and arguments
 */
export const mcpEffectsKey = (user: UserRef, call: string) => `mcp-effects:{${user}}:${call}`
/**
 * For this long after a call's start, or its last change, the same call counts as a repetition; for longer, if it has begun a change and
 * then needs a consent.
 */
export const MCP_RETRY_SECONDS = 120
