import { createWorkloadIdentity } from '../workload-identity.ts'
import { startAgentCoreStub } from './agentcore-stub.ts'

/** A workload identity at a stub of AgentCore, and what it logged since `reset`. */
export async function startWorkloadIdentity() {
  const stub = await startAgentCoreStub()
  const logged: unknown[] = []
  const log = { warn: (...line: unknown[]) => void logged.push(line) } as never
  const create = (timeoutMs = 60_000) =>
    createWorkloadIdentity({ ...stub.settings, timeoutMs, workloadName: 'our-agent', log })
  const world = {
    stub,
    logged,
    create,
    identity: create(),
    /** A new identity: the circuit of the one before may be open. */
    reset() {
      logged.length = 0
      world.identity = create()
    },
  }
  return world
}
