import { containersOf } from './names.ts'
import type { Deployment } from './read-deployment.ts'

/** At most twice the maximum number of tasks: a deployment starts new ones before it ends the old ones. */
export function vcpusNeeded(deployment: Pick<Deployment, 'services' | 'mcp'>): { atLeast: number; atMost: number } {
  const { services, mcp } = deployment
  const sizes = containersOf(deployment).map((name) => (name === 'mcp-server' ? mcp.size : services[name]))
  const sum = (of: (size: (typeof sizes)[number]) => number) => sizes.map(of).reduce((one, other) => one + other, 0)
  return {
    atLeast: sum(({ cpu, minTasks }) => (cpu * minTasks) / 1024),
    atMost: sum(({ cpu, maxTasks }) => (2 * cpu * maxTasks) / 1024),
  }
}
