export { assetRoutes } from './asset-routes.ts'
export { chatPage } from './chat-page.ts'
export { connectionsPage } from './connections-page.ts'
export { cannotStartPage, notFoundPage, problemPage, signedOutPage, signInFailedPage } from './notice-pages.ts'
