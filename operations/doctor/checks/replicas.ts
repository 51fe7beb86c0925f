import { ROUTES } from '@agent-identity/contracts'
import type { Demo } from '../demo.ts'
import { type Check, wrong } from '../finding.ts'

export const replicas: Check<Demo> = {
  name: 'replicas',
  async run({ demo, get }) {
    const all = (['agent-workload', 'session-binding', 'mcp-server'] as const).flatMap((service) =>
      (demo.processes[service] ?? []).map(({ url }) => ({ service, url })),
    )
    const findings = all.map(async ({ service, url }) => {
      const status = await get(`${url}${ROUTES.readiness}`).then(
        (answer) => answer.status,
        () => undefined,
      )
      if (status === 200) return []
      const how = status === undefined ? 'does not answer' : `is not ready (${status})`
      return [wrong(`The replica of ${service} at ${url} ${how}.`, 'Start the demo again, with --logs to see why.')]
    })
    return (await Promise.all(findings)).flat()
  },
}
