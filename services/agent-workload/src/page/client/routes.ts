import type { ROUTES } from '@agent-identity/contracts'

/** The browser shares only types with the contract; `satisfies` keeps each of these equal to its route. */
export const CHAT_PAGE = '/' satisfies (typeof ROUTES)['chatPage']
export const SESSION = '/api/session' satisfies (typeof ROUTES)['session']
export const TURNS = '/api/turns' satisfies (typeof ROUTES)['turns']
export const CONNECTIONS = '/api/connections' satisfies (typeof ROUTES)['connections']
const SIGN_IN = '/auth/sign-in' satisfies (typeof ROUTES)['signIn']

export const conversationPath = (id: string) => `/api/conversations/${encodeURIComponent(id)}`
export const authorizationPath = (id: string) => `/api/authorizations/${encodeURIComponent(id)}`
export const confirmationPath = (id: string) => `/api/confirmations/${encodeURIComponent(id)}`
export const askFirstPath = (provider: string) => `/api/connections/${encodeURIComponent(provider)}/ask-first`
export const connectionPath = (provider: string, account?: string) =>
  `/api/connections/${encodeURIComponent(provider)}${account === undefined ? '' : `?account=${encodeURIComponent(account)}`}`
export const connectionAuthorizationsPath = (provider: string) =>
  `/api/connections/${encodeURIComponent(provider)}/authorizations`

/** The sign-in returns to the user's current page. */
export const signInPath = () => `${SIGN_IN}?return_to=${encodeURIComponent(location.pathname + location.search)}`
export const conversationPage = (id: string) => `${CHAT_PAGE}?conversation=${encodeURIComponent(id)}`
