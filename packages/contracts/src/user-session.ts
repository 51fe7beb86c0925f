import { z } from 'zod'
import { IssuerSessionRef, type UserRef, type UserSessionRef } from './identifiers.ts'

/** Who is signed in: the issuer's and the subject's identifiers are the identity, name and e-mail are for display only. */
export const User = z.object({
  issuer: z.url(),
  subject: z.string().min(1).max(255),
  name: z.string().min(1).max(256),
  email: z.string().max(320).optional(),
})
export type User = z.infer<typeof User>

/** What is sealed in the user session's record. No token is ever part of it. */
export const UserSession = z.object({
  user: User,
  /** Unix time in milliseconds. */
  signedInAt: z.int().positive(),
  /** Unix time in milliseconds; the user session ends then, however busy it is. */
  endsAt: z.int().positive(),
  /** SHA-256, base64url, of the browser-binding cookie's secret and the user session ref: the browser that signed in. */
  browserHash: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  /** Which session at the issuer it came from, where the issuer says so (`sid`). */
  issuerSession: IssuerSessionRef.optional(),
})
export type UserSession = z.infer<typeof UserSession>

/** The user's tokens at the sign-in issuer: a record of their own, under a key of their own. */
export const UserTokens = z.object({
  accessToken: z.string().min(1),
  /** Unix time in milliseconds. */
  accessTokenExpiresAt: z.int().positive(),
  refreshToken: z.string().min(1).optional(),
  /** Kept as the hint that signing out at the issuer asks for. */
  idToken: z.string().min(1),
})
export type UserTokens = z.infer<typeof UserTokens>

/**
 * What names the user to AgentCore. `CompleteResourceTokenAuth` must be given the very artifact that minted the workload
 * access token: another JWT of the same person is refused. It therefore travels with the token and is never made anew.
 */
export const IdentityArtifact = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('jwt'), userToken: z.string().min(1).max(131_072) }),
  z.object({ kind: z.literal('user-id'), userId: z.string().min(1).max(128) }),
])
export type IdentityArtifact = z.infer<typeof IdentityArtifact>

export const userSessionKey = (ref: UserSessionRef) => `user-session:{${ref}}`
export const userTokensKey = (ref: UserSessionRef) => `user-tokens:{${ref}}`
/** Held by the replica that refreshes the user's tokens; the others wait for its result. */
export const userTokensRefreshLockKey = (ref: UserSessionRef) => `user-tokens:{${ref}}:refresh-lock`
/** A sign-in that has left for the issuer and not come back; keyed by a hash of its `state`. */
export const signInTransactionKey = (stateHash: string) => `sign-in:{${stateHash}}`
/** Sorted sets of user session refs by their absolute end, where the issuer can end user sessions: where to look for them. */
export const userSessionsOfUserKey = (user: UserRef) => `user-sessions-of-user:{${user}}`
export const userSessionsOfIssuerSessionKey = (session: IssuerSessionRef) =>
  `user-sessions-of-issuer-session:{${session}}`
/** A logout token that has been taken; keyed by a hash of its issuer and `jti`. */
export const logoutTokenKey = (tokenHash: string) => `logout-token:{${tokenHash}}`
/** Published with a user session ref when that user session has ended: replicas drop what they hold of it. */
export const USER_SESSION_ENDED_CHANNEL = 'user-session-ended'

/** `__Host-` forces Secure, Path=/ and no Domain: a sibling host or plain-HTTP attacker cannot set it (RFC 6265bis). */
export const USER_SESSION_COOKIE = '__Host-user-session'
export const SIGN_IN_COOKIE = '__Host-sign-in'
export const BROWSER_BINDING_COOKIE = '__Host-browser-binding'
