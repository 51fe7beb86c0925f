/**
 * Node's flags, by service.
 *
 * Without a limit V8 lets the heap grow with the garbage of finished turns. 10,000 waiting turns with their event streams,
 * measured in one process, need 200 MiB of heap. Near the limit a process spends its time on garbage collection, so the limit is
 * well above that.
 *
 * Without `--disable-warning` Node writes a warning to the log that is not JSON: the agent workload removes the types from the
 * page's modules with a function that is experimental in Node 24.
 */
export const NODE_FLAGS = {
  'agent-workload': ['--max-semi-space-size=8', '--max-old-space-size=320', '--disable-warning=ExperimentalWarning'],
  'session-binding': [],
  'mcp-server': [],
} as const satisfies Record<string, readonly string[]>
