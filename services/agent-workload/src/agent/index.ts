export type { AgentLoop } from './agent-loop.ts'
export { type AgentRunner, createAgentRunner } from './agent-runner.ts'
export { createSealedMemory } from './sealed-memory.ts'
