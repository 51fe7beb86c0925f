export { type AgentRunner, createAgentRunner } from './agent-runner.ts'
export { createSealedStorage } from './sealed-storage.ts'
export { createVendorSlots } from './tools/vendor-slots.ts'
export { createVendors, type Vendors } from './vendors/index.ts'
