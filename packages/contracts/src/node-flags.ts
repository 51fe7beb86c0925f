/**
 * Without a limit V8 lets the heap grow with garbage. 10,000 waiting turns in one process, with their event streams open, were
 * measured to need 190 MiB of heap, and near the limit a process spends its time on garbage collection. Node's warning about an
 * experimental function would be a line of the log that is not JSON.
 */
export const NODE_FLAGS = {
  'agent-workload': ['--max-semi-space-size=8', '--max-old-space-size=320', '--disable-warning=ExperimentalWarning'],
  'session-binding': [],
  'mcp-server': [],
} as const satisfies Record<string, readonly string[]>
