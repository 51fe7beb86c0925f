/**
 * Without a limit V8 lets the heap grow with garbage. 10,000 waiting turns in one process were measured to need 200 MiB of heap,
 * and near the limit a process spends its time on garbage collection. The warning of Node about an experimental function is not
 * JSON, as the log is.
 */
export const NODE_FLAGS = {
  'agent-workload': ['--max-semi-space-size=8', '--max-old-space-size=320', '--disable-warning=ExperimentalWarning'],
  'session-binding': [],
  'mcp-server': [],
} as const satisfies Record<string, readonly string[]>
