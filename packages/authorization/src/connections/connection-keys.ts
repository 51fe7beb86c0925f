import type { AgentWorkloadEnvironment, KeyRing } from '@agent-identity/contracts'

/** A ring of its own where the MCP server reads connections as well: it must not open turns. */
export const connectionKeysOf = (config: Pick<AgentWorkloadEnvironment, 'CONNECTION_KEYS' | 'TURN_KEYS'>): KeyRing =>
  config.CONNECTION_KEYS ?? config.TURN_KEYS
