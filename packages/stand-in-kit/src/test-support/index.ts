export { createBrowser } from './browser.ts'
export { startVendor } from './start-vendor.ts'
