/**
 * Node's flags in the tasks, in the local stack, and in the benchmarks of the services.
 *
 * Without a limit V8 lets the garbage of finished turns lie for as long as the machine has memory. 10,000 waiting turns with
 * their event streams, the most that one process was measured with, take 200 MiB of heap; near the limit a process spends
 * itself on collecting, so there is room for half as much again. What is not heap, code and buffers, was 200 MiB more: the
 * smallest container of the agent workload has about twice the sum. Session binding holds nothing for long, and was slower
 * with a young generation of this size while its code was not yet compiled.
 *
 * The agent workload takes the types off the page's modules with a function that Node 24 announces as experimental: a line in the
 * log that is no JSON.
 */
export const NODE_FLAGS = {
  'agent-workload': ['--max-semi-space-size=8', '--max-old-space-size=320', '--disable-warning=ExperimentalWarning'],
  'session-binding': [],
  'mcp-server': [],
} as const satisfies Record<string, readonly string[]>
