import { z } from 'zod'
import { IssuerSessionRef, type UserRef, type UserSessionRef } from './identifiers.ts'

/** The signed-in user. Issuer and subject are the identity; name and e-mail are for display only. */
export const User = z.object({
  issuer: z.url(),
  subject: z.string().min(1).max(255),
  name: z.string().min(1).max(256),
  email: z.string().max(320).optional(),
})
export type User = z.infer<typeof User>

/** The sealed content of the user session's record. It never contains a token. */
export const UserSession = z.object({
  user: User,
  /** Unix time in milliseconds. */
  signedInAt: z.int().positive(),
  /** Unix time in milliseconds; the user session ends then, even when it is in use. */
  endsAt: z.int().positive(),
  /** SHA-256, base64url, of the browser-binding cookie's secret and the user session ref: identifies the browser that signed in. */
  browserHash: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  /** The session at the issuer from which it came, if the issuer sends `sid`. */
  issuerSession: IssuerSessionRef.optional(),
  /** When the user last proved to the issuer who they are (`auth_time`), Unix time in milliseconds; absent when the issuer does not say. */
  authenticatedAt: z.int().positive().optional(),
  /** The administrators' group of which the user was a member at sign-in. */
  administratorOf: z.string().min(1).optional(),
})
export type UserSession = z.infer<typeof UserSession>

/** The user's tokens of the sign-in issuer: in their own record, under their own key. */
export const UserTokens = z.object({
  accessToken: z.string().min(1),
  /** Unix time in milliseconds. */
  accessTokenExpiresAt: z.int().positive(),
  refreshToken: z.string().min(1).optional(),
  /** Kept for the sign-out, as `id_token_hint`, and for a refresh, whose subject must be the same. */
  idToken: z.string().min(1),
})
export type UserTokens = z.infer<typeof UserTokens>

/**
 * What identifies the user to AgentCore. `CompleteResourceTokenAuth` needs the same artifact that minted the workload access
 * token: another JWT of the same person is refused. It is therefore stored with the pending authorization and never created again.
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
/** A sign-in that was sent to the issuer and has not returned; the key is a hash of its `state`. */
export const signInTransactionKey = (stateHash: string) => `sign-in:{${stateHash}}`
/** Sorted sets of user session refs by their absolute end: which user sessions the issuer or an erasure may have to end. */
export const userSessionsOfUserKey = (user: UserRef) => `user-sessions-of-user:{${user}}`
export const userSessionsOfIssuerSessionKey = (session: IssuerSessionRef) =>
  `user-sessions-of-issuer-session:{${session}}`
/** A logout token that was used; the key is a hash of its issuer and `jti`. */
export const logoutTokenKey = (tokenHash: string) => `logout-token:{${tokenHash}}`
/** Published with a user session ref when that user session has ended: replicas delete what they cache for it. */
export const USER_SESSION_ENDED_CHANNEL = 'user-session-ended'

/** `__Host-` forces Secure, Path=/ and no Domain: a sibling host or plain-HTTP attacker cannot set it (RFC 6265bis). */
export const USER_SESSION_COOKIE = '__Host-user-session'
export const SIGN_IN_COOKIE = '__Host-sign-in'
export const BROWSER_BINDING_COOKIE = '__Host-browser-binding'
