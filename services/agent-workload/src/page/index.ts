export { accountPage } from './account-page.ts'
export { assetRoutes } from './asset-routes.ts'
export { chatPage } from './chat-page.ts'
export { clientAuthorizationPage } from './client-authorization-page.ts'
export { connectionsPage } from './connections-page.ts'
export { homePage } from './home-page.ts'
export {
  cannotStartPage,
  notFoundPage,
  problemPage,
  START_ADVICE,
  signedOutPage,
  signInFailedPage,
  tryAgainPage,
} from './notice-pages.ts'
export { otherConsentOpenPage } from './other-consent-open-page.ts'
export { usersPage } from './users-page.ts'
