import { z } from 'zod'
import { AuthorizationId, ConfirmationId, TurnId, type UserRef, type UserSessionRef } from './identifiers.ts'
import { CredentialKind, ProviderId } from './provider.ts'

/** 128 bits of HMAC-SHA-256, base64url: the same for the same thing in both services, and for nobody without the key. */
const fingerprint = z.string().regex(/^[A-Za-z0-9_-]{22}$/)
const requestId = z.string().min(1).max(64)
const awsRequestId = z.string().min(1).max(128)

/** Every line has these; `docs/audit.md` has an example of each. */
const line = {
  audit: z.literal(true),
  level: z.literal('info'),
  time: z.iso.datetime(),
  service: z.enum(['agent-workload', 'session-binding']),
  /** The key that made this line's fingerprints. */
  fingerprintKeyId: z.string().min(1),
  /** Of the request that was answered; of a turn's work, the request that asked the turn; also in `X-Request-Id`. */
  requestId,
}

const actor = { userFingerprint: fingerprint, userSessionFingerprint: fingerprint }
/** Whoever it was need not be signed in. */
const anybody = { userFingerprint: fingerprint.optional(), userSessionFingerprint: fingerprint.optional() }
const access = { provider: ProviderId, scopes: z.array(z.string().min(1)).min(1) }

/** One authorization, from first to last: `correlationId` is the id of the request that created it. */
const authorization = { authorizationId: AuthorizationId, correlationId: requestId, ...access }
/** What was asked, by tool and number of calls; `correlationId` is the id of the request that asked the turn. */
const confirmation = {
  confirmationId: ConfirmationId,
  turnId: TurnId,
  correlationId: requestId,
  tools: z.array(z.string().min(1)).min(1),
  calls: z.int().positive(),
}
/** Of one call of a tool: `credential` says whose access it had. */
const action = {
  credential: CredentialKind,
  turnId: TurnId,
  tool: z.string().min(1),
  actionId: z.string().min(1),
}
/** As much as is known of what somebody tried to start or to bind. */
const triedAuthorization = {
  authorizationId: AuthorizationId.optional(),
  correlationId: requestId.optional(),
  provider: ProviderId.optional(),
  scopes: access.scopes.optional(),
}

const event = <Name extends string, Fields extends z.ZodRawShape>(name: Name, fields: Fields) =>
  z.strictObject({ ...line, event: z.literal(name), ...fields })

/** Why a sign-in came to nothing. */
export const SIGN_IN_REFUSALS = [
  'no-state',
  'unknown-state',
  'other-browser',
  'refused-by-issuer',
  'issuer-answer-not-valid',
  'issuer-unavailable',
] as const

/** Why a request of whoever spoke for the issuer ended no user session. */
export const LOGOUT_REFUSALS = [
  /** No token, several, something else than a signed JWT, or not typed as a logout token. */
  'not-a-logout-token',
  /** By none of the issuer's keys, or with an algorithm that it does not sign with. */
  'wrong-signature',
  'wrong-issuer',
  'wrong-audience',
  /** From more than five minutes ago, from the future, or over. */
  'not-fresh',
  'claims-not-valid',
  'replayed',
  'issuer-unavailable',
] as const

/** What the issuer made of the request to revoke a refresh token (RFC 7009). */
const REVOCATION_OUTCOMES = ['revoked', 'not-offered', 'refused', 'unavailable'] as const

/** Why nobody was sent to the authorization server. */
export const START_REFUSALS = [
  /** A page of another site sent the browser here. */
  'another-site',
  'not-signed-in',
  'malformed',
  'different-user-session',
  'unknown-authorization',
  'different-user',
  /** Not the browser that signed in to this user session. */
  'different-browser',
  /** The browser is on its way with another authorization, and was shown the page that says so. */
  'other-consent-open',
  /** Bound, failed, cancelled or expired, or the user session ended a moment ago. */
  'settled',
] as const
export type StartRefusal = (typeof START_REFUSALS)[number]

/** Why a return was not bound. Those up to `different-browser` look alike from outside. */
export const BINDING_REFUSALS = [
  'malformed',
  'unknown-authorization',
  'different-user',
  'different-user-session',
  'different-state',
  'different-session-uri',
  'never-started',
  'different-browser',
  'not-signed-in',
  'expired',
  /** It had come to its end before, otherwise than by being bound. */
  'settled',
  /** Another return of the same consent consumed it first, or the user session ended a moment ago. */
  'not-claimed',
  /** AgentCore looked at it and said no. */
  'refused-by-agentcore',
] as const

/** A line of the audit trail: one JSON object on stdout, whatever LOG_LEVEL says. A closed list: nothing else is written. */
export const AuditLine = z.discriminatedUnion('event', [
  event('signed_in', actor),
  event('sign_in_refused', { reason: z.enum(SIGN_IN_REFUSALS) }),
  event('signed_out', actor),
  /** The issuer's answer, after `signed_out`, which is the intent: `unavailable` may have been done all the same. */
  event('refresh_token_revocation', { ...actor, outcome: z.enum(REVOCATION_OUTCOMES) }),

  /** A user session that the issuer has ended. */
  event('signed_out_by_issuer', actor),
  event('back_channel_logout_refused', { reason: z.enum(LOGOUT_REFUSALS) }),

  event('workload_access_token_minted', {
    ...actor,
    /** `none`: for no user. The actor is whose turn asked for it first. */
    identityArtifact: z.enum(['jwt', 'user-id', 'none']),
    awsRequestId: awsRequestId.optional(),
  }),

  event('authorization_created', {
    ...actor,
    ...authorization,
    sessionUriFingerprint: fingerprint,
    turnId: TurnId.optional(),
    awsRequestId: awsRequestId.optional(),
  }),
  event('authorization_started', { ...actor, ...authorization }),
  /** The user went on with another authorization (`instead`) in the same browser; this one stays pending. */
  event('authorization_set_aside', { ...actor, ...authorization, instead: AuthorizationId }),
  event('start_refused', { ...anybody, ...triedAuthorization, reason: z.enum(START_REFUSALS) }),

  /** Before the record is consumed and AgentCore is called: without an outcome after it, a process died in between. */
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
    /** `not-executed`: throttled, or it never reached AgentCore; `left-behind`: by a process that died. */
    reason: z.enum(['not-executed', 'unknown', 'left-behind']),
    awsRequestId: awsRequestId.optional(),
  }),
  event('denied', { ...actor, ...authorization }),
  event('cancelled', { ...actor, ...authorization }),
  event('expired', { ...actor, ...authorization }),

  /** From AgentCore. An API key counts as a token; one that this process still holds makes no line. */
  event('token_obtained', {
    ...actor,
    ...access,
    credential: CredentialKind,
    /** The authorization that led to it, when it was one that somebody waited for. */
    authorizationId: AuthorizationId.optional(),
    correlationId: requestId.optional(),
    turnId: TurnId.optional(),
    awsRequestId: awsRequestId.optional(),
  }),
  /** A turn has asked its user before it changes anything, or anything more; what came of it follows, by this id. */
  event('confirmation_asked', { ...actor, ...confirmation }),
  event('confirmation_given', { ...actor, ...confirmation }),
  event('confirmation_declined', { ...actor, ...confirmation }),
  event('confirmation_expired', { ...actor, ...confirmation }),
  /** Before the vendor is called; `actionId` leads to its outcome. */
  event('tool_intended', { ...actor, ...access, ...action }),
  event('tool_acted', {
    ...actor,
    ...access,
    ...action,
    /** `unknown`: the vendor did not answer, and may have done it. */
    outcome: z.enum(['succeeded', 'refused', 'unknown']),
    /** The vendor's refusal in our words. */
    reason: z.string().min(1).optional(),
  }),
])
export type AuditLine = z.infer<typeof AuditLine>
export type AuditEventName = AuditLine['event']

interface Actor {
  user: UserRef
  userSession: UserSessionRef
}
type Optional<Members> = { [Name in keyof Members]?: Members[Name] | undefined }
/** What stands on the line as a fingerprint is given to the trail as it is. */
type Given<Line, Field extends string, Members> =
  Line extends Record<Field, string> ? Members : Field extends keyof Line ? Optional<Members> : unknown

type EventOf<Line> = Line extends unknown
  ? Omit<Line, keyof typeof line | `${string}Fingerprint`> & { requestId: string } & Given<
        Line,
        'userFingerprint',
        Actor
      > &
      Given<Line, 'sessionUriFingerprint', { sessionUri: string }>
  : never

/** What a story says. The trail adds when and where, and turns user, user session and session URI into fingerprints. */
export type AuditEvent = EventOf<AuditLine>
