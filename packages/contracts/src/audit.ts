import { z } from 'zod'
import {
  BINDING_REFUSALS,
  DOWNLOAD_REFUSALS,
  ERASURE_REFUSALS,
  LOGOUT_REFUSALS,
  REVOCATION_OUTCOMES,
  SIGN_IN_REFUSALS,
  START_REFUSALS,
  VENDOR_REVOCATIONS,
} from './audit-refusals.ts'
import { DisconnectOutcome } from './connection.ts'
import { ConnectionId } from './connection-id.ts'
import { ERASED_BY } from './erasure.ts'
import { AuthorizationId, ConfirmationId, StartId, TurnId, type UserRef, type UserSessionRef } from './identifiers.ts'
import { CredentialKind, ProviderId } from './provider.ts'

/** The first 132 bits of HMAC-SHA-256, base64url. */
const fingerprint = z.string().regex(/^[A-Za-z0-9_-]{22}$/)
const requestId = z.string().min(1).max(64)
const awsRequestId = z.string().min(1).max(128)

/** Examples are in `docs/audit.md`. */
const line = {
  audit: z.literal(true),
  level: z.literal('info'),
  time: z.iso.datetime(),
  service: z.enum(['agent-workload', 'session-binding', 'mcp-server']),
  /** The id of the key that made this line's fingerprints. */
  fingerprintKeyId: z.string().min(1),
  /** The id of the request, or of the one that caused the work; else a random id, or `unknown`. */
  requestId,
}

const actor = { userFingerprint: fingerprint, userSessionFingerprint: fingerprint }
const actorOrClient = {
  userFingerprint: fingerprint,
  userSessionFingerprint: fingerprint.optional(),
  clientId: z.string().min(1).max(2_048).optional(),
}
const anybody = { userFingerprint: fingerprint.optional(), userSessionFingerprint: fingerprint.optional() }
const access = { provider: ProviderId, scopes: z.array(z.string().min(1)) }

const connection = { provider: ProviderId, accountId: ConnectionId.optional() }

/** `correlationId`: the request that created the authorization, or started its turn. */
const authorization = { authorizationId: AuthorizationId, correlationId: requestId, ...access }
/** One opening of the authorization's link. */
const start = { startId: StartId, ...authorization }
/** `correlationId`: the request that started the turn. */
const confirmation = {
  confirmationId: ConfirmationId,
  turnId: TurnId,
  correlationId: requestId,
  tools: z.array(z.string().min(1)).min(1),
  calls: z.int().positive(),
}
const action = {
  credential: CredentialKind,
  turnId: TurnId.optional(),
  tool: z.string().min(1),
  actionId: z.string().min(1),
}
const triedAuthorization = {
  authorizationId: AuthorizationId.optional(),
  startId: StartId.optional(),
  correlationId: requestId.optional(),
  provider: ProviderId.optional(),
  scopes: access.scopes.optional(),
}

const event = <Name extends string, Fields extends z.ZodRawShape>(name: Name, fields: Fields) =>
  z.strictObject({ ...line, event: z.literal(name), ...fields })

/** A line of the audit trail: one JSON object on stdout, written at every LOG_LEVEL. */
export const AuditLine = z.discriminatedUnion('event', [
  event('signed_in', actor),
  event('sign_in_refused', { reason: z.enum(SIGN_IN_REFUSALS) }),
  event('signed_out', actor),
  /** Without a user session when the sign-in could not begin one. With `unavailable` the token may have been revoked anyway. */
  event('refresh_token_revocation', {
    ...actor,
    userSessionFingerprint: fingerprint.optional(),
    outcome: z.enum(REVOCATION_OUTCOMES),
  }),

  event('signed_out_by_issuer', actor),
  event('back_channel_logout_refused', { reason: z.enum(LOGOUT_REFUSALS) }),

  /** Written before the download begins. */
  event('user_data_downloaded', actor),
  event('download_refused', { ...actor, reason: z.enum(DOWNLOAD_REFUSALS) }),
  /** One conversation, by its user. */
  event('conversation_erased', actor),
  /** Written before this request ends anything. */
  event('erasure_asked', { ...actor, erasedUserFingerprint: fingerprint, by: z.enum(ERASED_BY) }),
  event('erasure_refused', { ...actor, reason: z.enum(ERASURE_REFUSALS) }),
  event('signed_out_by_erasure', actor),
  /** `userFingerprint` is the erased user's. */
  event('user_erased', {
    userFingerprint: fingerprint,
    by: z.enum(ERASED_BY),
    userSessions: z.int().nonnegative(),
    connections: z.int().nonnegative(),
    conversations: z.int().nonnegative(),
  }),

  event('workload_access_token_minted', {
    ...actorOrClient,
    /** `none`: a token of the workload alone. */
    identityArtifact: z.enum(['jwt', 'user-id', 'none']),
    awsRequestId: awsRequestId.optional(),
  }),

  /** Asked for by a turn, on the page of connected accounts, or by an MCP client. AgentCore has not been asked. */
  event('authorization_created', { ...actorOrClient, ...authorization, turnId: TurnId.optional() }),
  /** AgentCore has been asked, and a browser is sent to the authorization URL. */
  event('authorization_started', {
    ...actor,
    ...start,
    sessionUriFingerprint: fingerprint,
    awsRequestId: awsRequestId.optional(),
  }),
  /** The user went on with another authorization (`instead`) in the same browser; the one of this line is still pending. */
  event('authorization_set_aside', { ...actor, ...start, instead: AuthorizationId }),
  event('start_refused', { ...anybody, ...triedAuthorization, reason: z.enum(START_REFUSALS) }),

  /** Written before the record is consumed and AgentCore is called. When no outcome follows, the process died or the return failed in between. */
  event('binding_intended', { ...actor, ...start, sessionUriFingerprint: fingerprint }),
  event('bound', {
    ...actor,
    ...start,
    sessionUriFingerprint: fingerprint,
    awsRequestId: awsRequestId.optional(),
  }),
  event('binding_refused', {
    ...anybody,
    ...triedAuthorization,
    sessionUriFingerprint: fingerprint.optional(),
    reason: z.enum(BINDING_REFUSALS),
    awsRequestId: awsRequestId.optional(),
  }),
  event('binding_unconfirmed', {
    ...actor,
    ...start,
    /** `left-behind`: no outcome was stored in time. */
    reason: z.enum(['not-executed', 'unknown', 'left-behind']),
    awsRequestId: awsRequestId.optional(),
  }),
  /** Its return came with another user, in another user session or browser, or where no user is signed in: it can never be bound. */
  event('left_its_browser', start),
  event('denied', { ...actor, ...start }),
  event('cancelled', { ...actorOrClient, ...authorization }),
  event('expired', { ...actorOrClient, ...authorization }),

  /** An API key counts as a token. A token from our own cache adds no line. */
  event('token_obtained', {
    ...actorOrClient,
    ...access,
    credential: CredentialKind,
    authorizationId: AuthorizationId.optional(),
    correlationId: requestId.optional(),
    turnId: TurnId.optional(),
    awsRequestId: awsRequestId.optional(),
  }),
  event('ask_first_chosen', { ...actor, provider: ProviderId, askFirst: z.boolean() }),
  /** The vendor may not have named the account. */
  event('account_connected', { ...actor, ...connection, accountFingerprint: fingerprint.optional() }),
  event('wrong_account_connected', { ...actor, ...connection, accountFingerprint: fingerprint.optional() }),
  event('account_accepted', { ...actor, ...connection, accountFingerprint: fingerprint.optional() }),
  event('default_account_chosen', { ...actor, ...connection }),
  /** No tool's call to the vendor begins with this connection before another consent. */
  event('connection_latched', { ...anybody, ...connection }),
  /** Its token was read from the token vault, to be revoked. */
  event('revocation_prepared', { ...anybody, ...connection }),
  /** AgentCore was asked to start over, so that it forgets the refresh token. */
  event('vault_entry_cleared', { ...anybody, ...connection, ...access }),
  event('revocation_answered', { ...anybody, ...connection, outcome: z.enum(VENDOR_REVOCATIONS) }),
  event('disconnected', { ...anybody, ...connection, outcome: DisconnectOutcome }),
  event('confirmation_asked', { ...actor, ...confirmation }),
  event('confirmation_given', { ...actor, ...confirmation }),
  event('confirmation_declined', { ...actor, ...confirmation }),
  event('confirmation_expired', { ...actor, ...confirmation }),
  event('tool_intended', { ...actorOrClient, ...access, ...action }),
  event('tool_acted', {
    ...actorOrClient,
    ...access,
    ...action,
    /** `unknown`: it may have been done. */
    outcome: z.enum(['succeeded', 'refused', 'unknown']),
    /** Why it did not succeed: a reason of `VendorError`, or `unexpected`. */
    reason: z.string().min(1).optional(),
  }),
])
export type AuditLine = z.infer<typeof AuditLine>
export type AuditEventName = AuditLine['event']

type Optional<Members> = { [Name in keyof Members]?: Members[Name] | undefined }
type Given<Line, Field extends string, Members> =
  Line extends Record<Field, string> ? Members : Field extends keyof Line ? Optional<Members> : unknown

type EventOf<Line> = Line extends unknown
  ? Omit<Line, keyof typeof line | `${string}Fingerprint`> & { requestId: string } & Given<
        Line,
        'userFingerprint',
        { user: UserRef }
      > &
      Given<Line, 'erasedUserFingerprint', { erasedUser: UserRef }> &
      Given<Line, 'userSessionFingerprint', { userSession: UserSessionRef }> &
      Given<Line, 'sessionUriFingerprint', { sessionUri: string }> &
      // `<provider> <the vendor's stable id of the account>`
      Given<Line, 'accountFingerprint', { account: string }>
  : never

/** What a service reports. The trail adds a line's other fields, and replaces `user`, `userSession` and the like by fingerprints. */
export type AuditEvent = EventOf<AuditLine>
