export { createBrowser } from './browser.ts'
export { startIssuer } from './start-issuer.ts'
export { startVendor } from './start-vendor.ts'
