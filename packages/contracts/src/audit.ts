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
import { ConnectionId, DisconnectOutcome } from './connection.ts'
import { ERASED_BY } from './erasure.ts'
import {
  AuthorizationId,
  ConfirmationId,
  ConsentRequestId,
  TurnId,
  type UserRef,
  type UserSessionRef,
} from './identifiers.ts'
import { CredentialKind, ProviderId } from './provider.ts'

/**
 * 128 bits of HMAC-SHA-256, base64url. It cannot be computed without the key. The agent workload and session binding have the same key, the
 * MCP server has another one.
 */
const fingerprint = z.string().regex(/^[A-Za-z0-9_-]{22}$/)
const requestId = z.string().min(1).max(64)
const awsRequestId = z.string().min(1).max(128)

/** Every line has these; `docs/audit.md` has an example of every event. */
const line = {
  audit: z.literal(true),
  level: z.literal('info'),
  time: z.iso.datetime(),
  service: z.enum(['agent-workload', 'session-binding', 'mcp-server']),
  /** The key that made this line's fingerprints. */
  fingerprintKeyId: z.string().min(1),
  /** The id of the request, also in `X-Request-Id`. In other work: of the request that caused it, such as the one that started the turn. */
  requestId,
}

const actor = { userFingerprint: fingerprint, userSessionFingerprint: fingerprint }
/** Who acts: a user session, or an MCP client for its user. */
const actorOrClient = {
  userFingerprint: fingerprint,
  userSessionFingerprint: fingerprint.optional(),
  clientId: z.string().min(1).max(2_048).optional(),
}
/** The actor need not be signed in. */
const anybody = { userFingerprint: fingerprint.optional(), userSessionFingerprint: fingerprint.optional() }
const access = { provider: ProviderId, scopes: z.array(z.string().min(1)).min(1) }

/** `accountId` identifies an account that its user asked for by name. The id reveals nothing about the account. */
const connection = { provider: ProviderId, accountId: ConnectionId.optional() }

/** The lifecycle of one authorization. `correlationId` is the id of the request that created it. */
const authorization = { authorizationId: AuthorizationId, correlationId: requestId, ...access }
/** `tools` and `calls` say what was asked; `correlationId` is the id of the request that started the turn. */
const confirmation = {
  confirmationId: ConfirmationId,
  turnId: TurnId,
  correlationId: requestId,
  tools: z.array(z.string().min(1)).min(1),
  calls: z.int().positive(),
}
/** One call of a tool. `credential`: whose access it used. */
const action = {
  credential: CredentialKind,
  turnId: TurnId.optional(),
  tool: z.string().min(1),
  actionId: z.string().min(1),
}
const ofClient = { userFingerprint: fingerprint, clientId: z.string().min(1).max(2_048) }
const consentRequest = {
  consentRequestId: ConsentRequestId,
  correlationId: requestId,
  ...access,
  tool: z.string().min(1),
}
/** What is known of a refused start or return. */
const triedAuthorization = {
  authorizationId: AuthorizationId.optional(),
  correlationId: requestId.optional(),
  provider: ProviderId.optional(),
  scopes: access.scopes.optional(),
}

const event = <Name extends string, Fields extends z.ZodRawShape>(name: Name, fields: Fields) =>
  z.strictObject({ ...line, event: z.literal(name), ...fields })

/** A line of the audit trail: one JSON object on stdout, written at every LOG_LEVEL. The list is closed. */
export const AuditLine = z.discriminatedUnion('event', [
  event('signed_in', actor),
  event('sign_in_refused', { reason: z.enum(SIGN_IN_REFUSALS) }),
  event('signed_out', actor),
  /**
   * After a user session was ended, or a sign-in could not be completed: without a user session when none began. With `unavailable` the token
   * may have been revoked anyway.
   */
  event('refresh_token_revocation', {
    ...actor,
    userSessionFingerprint: fingerprint.optional(),
    outcome: z.enum(REVOCATION_OUTCOMES),
  }),

  /** A user session that the issuer has ended. */
  event('signed_out_by_issuer', actor),
  event('back_channel_logout_refused', { reason: z.enum(LOGOUT_REFUSALS) }),

  /** A user downloads what is kept about them. Written before the download begins. */
  event('user_data_downloaded', actor),
  event('download_refused', { ...actor, reason: z.enum(DOWNLOAD_REFUSALS) }),
  /** Written before anything is ended. The actor is the user, or the administrator; what follows has this line's `requestId`. */
  event('erasure_asked', { ...actor, erasedUserFingerprint: fingerprint, by: z.enum(ERASED_BY) }),
  event('erasure_refused', { ...actor, reason: z.enum(ERASURE_REFUSALS) }),
  /** A user session was ended because its user is being erased. */
  event('signed_out_by_erasure', actor),
  /** All is erased but what is left of a connection whose revocation is not over. `userFingerprint` is the erased user's. */
  event('user_erased', {
    userFingerprint: fingerprint,
    by: z.enum(ERASED_BY),
    userSessions: z.int().nonnegative(),
    connections: z.int().nonnegative(),
    conversations: z.int().nonnegative(),
  }),

  event('workload_access_token_minted', {
    ...actorOrClient,
    /** `none`: without a user. The actor is the user whose turn or call asked for it first. */
    identityArtifact: z.enum(['jwt', 'user-id', 'none']),
    awsRequestId: awsRequestId.optional(),
  }),

  event('authorization_created', {
    ...actor,
    ...authorization,
    sessionUriFingerprint: fingerprint,
    turnId: TurnId.optional(),
    /** The consent request of an MCP client from which it was made. */
    consentRequestId: ConsentRequestId.optional(),
    awsRequestId: awsRequestId.optional(),
  }),
  event('authorization_started', { ...actor, ...authorization }),
  /** The user went on with another authorization (`instead`) in the same browser; this one is still pending. */
  event('authorization_set_aside', { ...actor, ...authorization, instead: AuthorizationId }),
  event('start_refused', { ...anybody, ...triedAuthorization, reason: z.enum(START_REFUSALS) }),

  /** Written before the record is consumed and AgentCore is called. Without an outcome after it, the process died or failed in between. */
  event('binding_intended', { ...actor, ...authorization, sessionUriFingerprint: fingerprint }),
  event('bound', {
    ...actor,
    ...authorization,
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
    ...authorization,
    /** `not-executed`: throttled, or AgentCore was not reached; `left-behind`: its process died. */
    reason: z.enum(['not-executed', 'unknown', 'left-behind']),
    awsRequestId: awsRequestId.optional(),
  }),
  event('denied', { ...actor, ...authorization }),
  event('cancelled', { ...actor, ...authorization }),
  event('expired', { ...actor, ...authorization }),

  /** An MCP client's call needs its user's consent. If its start makes a new authorization, `authorization_created` names this consent request. */
  event('consent_requested', { ...ofClient, ...consentRequest }),
  /** The user has declined or cancelled it in the client. */
  event('consent_request_cancelled', { ...ofClient, ...consentRequest }),

  /** From AgentCore. An API key counts as a token. A token from a cache adds no line. */
  event('token_obtained', {
    ...actorOrClient,
    ...access,
    credential: CredentialKind,
    /** The authorization after which the token was obtained, when a turn or the connections page waited for it. */
    authorizationId: AuthorizationId.optional(),
    correlationId: requestId.optional(),
    turnId: TurnId.optional(),
    awsRequestId: awsRequestId.optional(),
  }),
  /** A user has chosen whether the agent asks before it changes anything at this provider. */
  event('ask_first_chosen', { ...actor, provider: ProviderId, askFirst: z.boolean() }),
  /**
   * A consent was bound, and its account was read from the vendor. Two users of one account have the same `accountFingerprint`; it is absent
   * when the vendor did not name the account. `wrong_account_connected`: another account was asked for or connected before, or another of the
   * user's connections has this one, or the user had doubted it, or the vendor did not name it although a certain one was expected. This one
   * is not used until the user accepts it; if the vendor names it then, and it is the right one, `account_connected` follows.
   */
  event('account_connected', { ...actor, ...connection, accountFingerprint: fingerprint.optional() }),
  event('wrong_account_connected', { ...actor, ...connection, accountFingerprint: fingerprint.optional() }),
  /** "Use it": the user has said that the account may be used. */
  event('account_accepted', { ...actor, ...connection, accountFingerprint: fingerprint.optional() }),
  /** "Not the right one?": nothing is called with it until another consent, or `account_accepted`. */
  event('account_doubted', { ...actor, ...connection }),
  event('default_account_chosen', { ...actor, ...connection }),
  /** Its user has ended it, or is being erased: from here on nothing is called with it. What follows has this line's `requestId`. */
  event('connection_latched', { ...anybody, ...connection }),
  /** Its access tokens were read from the token vault once more, to be revoked. */
  event('revocation_prepared', { ...anybody, ...connection, tokens: z.int().nonnegative() }),
  /** AgentCore was asked to start over, which makes it forget the refresh token. */
  event('vault_entry_cleared', { ...anybody, ...connection, ...access }),
  event('revocation_answered', { ...anybody, ...connection, outcome: z.enum(VENDOR_REVOCATIONS) }),
  event('disconnected', { ...anybody, ...connection, outcome: DisconnectOutcome }),
  /**
   * A turn asked its user: before every change where it is set to ask first, otherwise before those beyond what it may do without asking. The
   * outcome follows under the same id, unless the turn asks for other calls instead.
   */
  event('confirmation_asked', { ...actor, ...confirmation }),
  event('confirmation_given', { ...actor, ...confirmation }),
  event('confirmation_declined', { ...actor, ...confirmation }),
  event('confirmation_expired', { ...actor, ...confirmation }),
  /** Written before the vendor is called; the outcome has the same `actionId`. */
  event('tool_intended', { ...actorOrClient, ...access, ...action }),
  event('tool_acted', {
    ...actorOrClient,
    ...access,
    ...action,
    /** `unknown`: the vendor gave no usable answer, and may have done it. */
    outcome: z.enum(['succeeded', 'refused', 'unknown']),
    /** Why it did not succeed: a reason of `VendorError`, or `unexpected`. */
    reason: z.string().min(1).optional(),
  }),
])
export type AuditLine = z.infer<typeof AuditLine>
export type AuditEventName = AuditLine['event']

type Optional<Members> = { [Name in keyof Members]?: Members[Name] | undefined }
/** Fields that the trail turns into fingerprints are given to it in the clear. */
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
      // `<provider> <name of the account there>`
      Given<Line, 'accountFingerprint', { account: string }>
  : never

/** What the code reports. The trail adds the other fields of every line, and replaces user, user session, session URI and account by fingerprints. */
export type AuditEvent = EventOf<AuditLine>
