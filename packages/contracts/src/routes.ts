import type { AuthorizationId, ConfirmationId, ConversationId, TurnId } from './identifiers.ts'
import type { ProviderId } from './provider.ts'

/** Express patterns. */
export const ROUTES = {
  chatPage: '/',
  connectionsPage: '/connections',
  accountPage: '/account',
  usersPage: '/users',
  assets: '/assets',
  signIn: '/auth/sign-in',
  signInRedirect: '/auth/callback',
  signOut: '/auth/sign-out',
  signedOut: '/auth/signed-out',
  /** Called by the issuer (OpenID Connect Back-Channel Logout 1.0). */
  backChannelLogout: '/auth/back-channel-logout',
  session: '/api/session',
  me: '/api/me',
  myData: '/api/me/data',
  endUser: '/api/users/end',
  turns: '/api/turns',
  turnEvents: '/api/turns/:turnId/events',
  conversations: '/api/conversations',
  conversation: '/api/conversations/:conversationId',
  connections: '/api/connections',
  connectionEvents: '/api/connections/events',
  connection: '/api/connections/:provider',
  connectionAuthorizations: '/api/connections/:provider/authorizations',
  /** The button "Use it". */
  connectionAcceptance: '/api/connections/:provider/acceptance',
  connectionDefault: '/api/connections/:provider/default',
  askFirst: '/api/connections/:provider/ask-first',
  /** Open authorizations that MCP clients have asked for. */
  consentRequests: '/api/consent-requests',
  confirmation: '/api/confirmations/:confirmationId',
  authorization: '/api/authorizations/:authorizationId',
  startAuthorization: '/authorizations/:authorizationId/start',
  startAuthorizationInstead: '/authorizations/:authorizationId/start-instead',
  sessionBinding: '/oauth2/session-binding',
  sessionBindingAssets: '/oauth2/session-binding/assets',
  mcp: '/mcp',
  /** RFC 9728 §3.1: the path of the metadata of a resource at `/mcp`. */
  mcpResourceMetadata: '/.well-known/oauth-protected-resource/mcp',
  health: '/healthz',
  readiness: '/readyz',
} as const

export const startAuthorizationPath = (id: AuthorizationId) => `/authorizations/${id}/start`
/** A query parameter in the link of our page that asks before a start. Alone it proves nothing: another site's link may have it, too. */
export const CONFIRMED_START = 'confirmed'
export const startAuthorizationInsteadPath = (id: AuthorizationId) => `/authorizations/${id}/start-instead`
export const turnEventsPath = (id: TurnId) => `/api/turns/${id}/events`
export const conversationPath = (id: ConversationId, before: TurnId) => `/api/conversations/${id}?before=${before}`
export const confirmationPath = (id: ConfirmationId) => `/api/confirmations/${id}`
export const connectionAuthorizationsPath = (provider: ProviderId) => `/api/connections/${provider}/authorizations`

/** Registered on the workload identity, and sent as `resourceOauth2ReturnUrl`. */
export const returnUrlOf = (publicUrl: string) => new URL(ROUTES.sessionBinding, publicUrl).href

/** ALB path patterns. */
export const SESSION_BINDING_PATHS = [ROUTES.sessionBinding, `${ROUTES.sessionBinding}/*`] as const

export const MCP_SERVER_PATHS = [ROUTES.mcp, ROUTES.mcpResourceMetadata] as const

/** The resource indicator of the MCP server (RFC 8707). */
export const mcpResourceOf = (publicUrl: string) => new URL(ROUTES.mcp, publicUrl).href
