export { type Caller, findCaller, findMachine } from './access-token.ts'
export {
  type AuthorizationServer,
  createAuthorizationServer,
} from './authorization-server/create-authorization-server.ts'
export { interactionErrors } from './authorization-server/interaction-errors.ts'
export { signInRoutes } from './authorization-server/sign-in-routes.ts'
export type { VendorHabit } from './habits.ts'
export { type LocalServer, listenOnLocalhost, listenOnLoopback } from './listen.ts'
export { consentPage } from './pages/consent-page.ts'
export { type Look, layout } from './pages/layout.ts'
export { messagePage } from './pages/message-page.ts'
export { PAGE_HEADERS } from './pages/style.ts'
export { ADMINISTRATORS, createPeople, type People, type Person } from './people.ts'
export { TOKEN_EXCHANGE, tokenExchange } from './token-exchange.ts'
export { createKeyedApi, createVendor, type StandIn, type VendorOptions } from './vendor.ts'
