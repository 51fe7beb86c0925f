export { type AgentRunner, createAgentRunner } from './agent-runner.ts'
export { createSealedStorage } from './sealed-storage.ts'
