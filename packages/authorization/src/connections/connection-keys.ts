import type { AgentWorkloadEnvironment, KeyRing } from '@agent-identity/contracts'

/** With `CONNECTION_KEYS` the MCP server can read connections, and cannot open turns. */
export const connectionKeysOf = (config: Pick<AgentWorkloadEnvironment, 'CONNECTION_KEYS' | 'TURN_KEYS'>): KeyRing =>
  config.CONNECTION_KEYS ?? config.TURN_KEYS
