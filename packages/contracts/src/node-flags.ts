/**
 * Node's flags in the tasks, in the local stack, and in the tests and benchmarks that start a service as a process.
 *
 * Without a limit V8 keeps the garbage of finished turns until the machine's memory is full. 10,000 waiting turns with their
 * event streams, the most that was measured in one process, need 200 MiB of heap. Near the limit a process spends its time on
 * garbage collection, so the limit is about one and a half times that. Code and buffers needed another 200 MiB: the smallest
 * container of the agent workload has about twice the limit and that together. Session binding keeps little data, and was slower with a young
 * generation of this size until its code was compiled.
 *
 * The agent workload removes the types from the page's modules with a function that is experimental in Node 24. Without
 * `--disable-warning`, Node would write a warning to the log that is not JSON.
 */
export const NODE_FLAGS = {
  'agent-workload': ['--max-semi-space-size=8', '--max-old-space-size=320', '--disable-warning=ExperimentalWarning'],
  'session-binding': [],
  'mcp-server': [],
} as const satisfies Record<string, readonly string[]>
