import { z } from 'zod'
import { IssuerSessionRef, type UserRef, type UserSessionRef } from './identifiers.ts'

/** Name and e-mail decide nothing. */
export const User = z.object({
  issuer: z.url(),
  subject: z.string().min(1).max(255),
  name: z.string().min(1).max(256),
  email: z.string().max(320).optional(),
})
export type User = z.infer<typeof User>

/** Sealed. It never contains a token. */
export const UserSession = z.object({
  user: User,
  /** Unix time in milliseconds. */
  signedInAt: z.int().positive(),
  /** Unix time in milliseconds; the user session ends then, even when it is in use. */
  endsAt: z.int().positive(),
  /**
   * Unix time in milliseconds: when its idle time is over, counted from its last use. Sealed, because a writer of Redis decides how long the key lives.
   * Absent in a record of an earlier version.
   */
  idleEndsAt: z.int().positive().optional(),
  /** SHA-256, base64url, of the browser-binding cookie's secret and the user session ref. */
  browserHash: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  issuerSession: IssuerSessionRef.optional(),
  /** `auth_time`, as Unix time in milliseconds. */
  authenticatedAt: z.int().positive().optional(),
  /** The administrators' group, if the user was a member at sign-in. */
  administratorOf: z.string().min(1).optional(),
})
export type UserSession = z.infer<typeof UserSession>

/** Tokens of the sign-in issuer. */
export const UserTokens = z.object({
  accessToken: z.string().min(1),
  /** Unix time in milliseconds. */
  accessTokenExpiresAt: z.int().positive(),
  refreshToken: z.string().min(1).optional(),
  /** For the sign-out (`id_token_hint`), and for a refresh: a new ID token must have the same subject. */
  idToken: z.string().min(1),
})
export type UserTokens = z.infer<typeof UserTokens>

/**
 * `CompleteResourceTokenAuth` needs the artifact that minted the workload access token: another JWT of the same person is refused.
 * So the artifact is stored with the pending authorization.
 */
export const IdentityArtifact = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('jwt'), userToken: z.string().min(1).max(131_072) }),
  z.object({ kind: z.literal('user-id'), userId: z.string().min(1).max(128) }),
])
export type IdentityArtifact = z.infer<typeof IdentityArtifact>

export const userSessionKey = (ref: UserSessionRef) => `user-session:{${ref}}`
export const userTokensKey = (ref: UserSessionRef) => `user-tokens:{${ref}}`
export const userTokensRefreshLockKey = (ref: UserSessionRef) => `user-tokens:{${ref}}:refresh-lock`
export const consumedSignInKey = (stateHash: string) => `consumed-sign-in:{${stateHash}}`
/** Sorted sets of user session refs by their absolute end. */
export const userSessionsOfUserKey = (user: UserRef) => `user-sessions-of-user:{${user}}`
export const userSessionsOfIssuerSessionKey = (session: IssuerSessionRef) =>
  `user-sessions-of-issuer-session:{${session}}`
/** @param tokenHash of issuer and `jti` */
export const logoutTokenKey = (tokenHash: string) => `logout-token:{${tokenHash}}`
/** Its messages are refs of user sessions that were ended, not of expired ones. */
export const USER_SESSION_ENDED_CHANNEL = 'user-session-ended'

/** `__Host-` forces Secure, Path=/ and no Domain: a sibling host or plain-HTTP attacker cannot set it (RFC 6265bis). */
export const USER_SESSION_COOKIE = '__Host-user-session'
/** One for each sign-in under way. */
export const signInCookie = (stateHash: string) => `__Host-sign-in-${stateHash}`
export const SIGN_IN_COOKIES = /^__Host-sign-in-[A-Za-z0-9_-]{43}$/
export const BROWSER_BINDING_COOKIE = '__Host-browser-binding'
