import { containersOf } from '@agent-identity/infra/names'
import { GetServiceQuotaCommand } from '@aws-sdk/client-service-quotas'
import { byHand, type Check } from '../finding.ts'
import type { Stage } from '../stage.ts'

/** Fargate On-Demand vCPU resource count. */
const FARGATE_VCPU = { ServiceCode: 'fargate', QuotaCode: 'L-3032A538' }

/** Twice the maximum number of tasks: a deployment starts new ones before it ends the old ones. */
export const quotas: Check<Stage> = {
  name: 'quotas',
  async run({ aws, deployment }) {
    const { Quota: { Value: limit } = {} } = await aws.quotas.send(new GetServiceQuotaCommand(FARGATE_VCPU))
    const { services, mcp } = deployment
    const needed = containersOf(deployment)
      .map((name) => (name === 'mcp-server' ? mcp.size : services[name]))
      .reduce((sum, { cpu, maxTasks }) => sum + (2 * cpu * maxTasks) / 1024, 0)
    if (limit === undefined || needed <= limit) return []
    return [
      byHand(
        `A deployment with as many tasks as the stage allows needs ${needed} vCPUs of Fargate, and the account has a quota of ${limit}: ask for more in the Service Quotas console.`,
      ),
    ]
  },
}
