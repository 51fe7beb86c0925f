export { createAgentRunner } from './agent-runner.ts'
export { createSealedStorage } from './sealed-storage.ts'
export { createVendors } from './vendors/index.ts'
