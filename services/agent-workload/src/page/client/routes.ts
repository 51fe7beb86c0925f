import type { ROUTES } from '@agent-identity/contracts'

/** The browser can share only types with the contract: `satisfies` keeps the constants equal. */
export const CHAT_PAGE = '/' satisfies (typeof ROUTES)['chatPage']
export const CONNECTIONS_PAGE = '/connections' satisfies (typeof ROUTES)['connectionsPage']
export const SESSION = '/api/session' satisfies (typeof ROUTES)['session']
export const TURNS = '/api/turns' satisfies (typeof ROUTES)['turns']
export const CONVERSATIONS = '/api/conversations' satisfies (typeof ROUTES)['conversations']
export const CONNECTIONS = '/api/connections' satisfies (typeof ROUTES)['connections']
export const CONNECTION_EVENTS = '/api/connections/events' satisfies (typeof ROUTES)['connectionEvents']
export const CONSENT_REQUESTS = '/api/consent-requests' satisfies (typeof ROUTES)['consentRequests']
export const ME = '/api/me' satisfies (typeof ROUTES)['me']
export const END_USER = '/api/users/end' satisfies (typeof ROUTES)['endUser']
const SIGN_IN = '/auth/sign-in' satisfies (typeof ROUTES)['signIn']

export const conversationPath = (id: string) => `${CONVERSATIONS}/${encodeURIComponent(id)}`
export const authorizationPath = (id: string) => `/api/authorizations/${encodeURIComponent(id)}`
export const startPath = (id: string) => `/authorizations/${encodeURIComponent(id)}/start`
export const confirmationPath = (id: string) => `/api/confirmations/${encodeURIComponent(id)}`
const ofProvider = (provider: string, path = '', account?: string) =>
  `${CONNECTIONS}/${encodeURIComponent(provider)}${path}${account === undefined ? '' : `?account=${encodeURIComponent(account)}`}`
export const askFirstPath = (provider: string) => ofProvider(provider, '/ask-first')
export const connectionPath = (provider: string, account?: string) => ofProvider(provider, '', account)
export const connectionAuthorizationsPath = (provider: string) => ofProvider(provider, '/authorizations')
export const acceptancePath = (provider: string, account: string) => ofProvider(provider, '/acceptance', account)
export const defaultPath = (provider: string) => ofProvider(provider, '/default')

export const signInPath = () => `${SIGN_IN}?return_to=${encodeURIComponent(location.pathname + location.search)}`
export const conversationPage = (id: string) => `${CHAT_PAGE}?conversation=${encodeURIComponent(id)}`
