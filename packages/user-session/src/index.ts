export type { SignInAuditEvent, SignInRefusal } from './audit.ts'
export type { CurrentUserSession } from './current-user-session.ts'
export { createOidcClient, type OidcClient, type OidcClientSettings } from './oidc-client.ts'
export { createRevocations, type Revocations } from './revocations.ts'
export type { SignInDeps } from './sign-in-deps.ts'
export { signInRoutes } from './sign-in-routes.ts'
export { type EndingDeps, endedByRefusal, endUserSession, forgetBrowser } from './sign-out.ts'
export { createUserSessionEndings, type UserSessionEndings } from './user-session-endings.ts'
export { createUserSessionReader, type UserSessionReader } from './user-session-reader.ts'
export {
  createUserSessions,
  type UserSessions,
  type UserSessionsDeps,
} from './user-sessions.ts'
export { type AccessTokenOutcome, createUserTokens, type UserTokenStore } from './user-tokens.ts'
