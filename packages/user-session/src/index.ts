export type { SignInAuditEvent, SignInRefusal } from './audit.ts'
export { createOidcClient, type OidcClient, type OidcClientSettings } from './oidc-client.ts'
export { type SignInDeps, signInRoutes } from './sign-in-routes.ts'
export { createUserSessionEndings, type UserSessionEndings } from './user-session-endings.ts'
export {
  type CurrentUserSession,
  createUserSessions,
  type UserSessions,
  type UserSessionsDeps,
} from './user-sessions.ts'
export { type AccessTokenOutcome, createUserTokens, type UserTokenStore } from './user-tokens.ts'
